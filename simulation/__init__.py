"""Synthetic bureau files: a plausible county whose totals are exactly the published ones.

Protects real people: every name is made up, every identity number impossible in fact.
Offers `write_files` and the `Manifest` that it returns.
"""

from simulation.planting import Planted, TooSmall
from simulation.writing import FileEntry, Manifest, write_files

__all__ = ["FileEntry", "Manifest", "Planted", "TooSmall", "write_files"]
