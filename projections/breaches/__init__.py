"""The rules that recorded facts break, found set by set: a lead each, never a verdict.

Protects that one bad entry hides no other: a rule returns what it found and raises nothing.
Offers `find`, `Breach`, and the sentences of the rules.
"""

from projections.breaches.breach import Breach
from projections.breaches.find import RULES, find
from projections.breaches.sentences import SENTENCES, sentence

__all__ = ["RULES", "SENTENCES", "Breach", "find", "sentence"]
