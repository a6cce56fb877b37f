"""Synthetic bureau files: a plausible county whose totals are exactly the published ones.

Protects real people: every name is made up, every identity number impossible in fact.
Offers `write_files`.
"""
