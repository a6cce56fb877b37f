"""Rules as data: a pack is a file, a rule a table in it; changing a number needs no code.

Protects that a decision is judged by the rule in force on its day. Offers `load_pack` and `RulePack`.
"""
