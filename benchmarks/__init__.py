"""Measurements of the ledger: printed, never asserted.

Protects claims about speed: a figure in the docs was measured here. Offers `python -m benchmarks`.
"""
