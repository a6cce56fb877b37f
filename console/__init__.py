"""What people use: the composition root and the command line.

Protects the layers: only `wiring` knows the concrete classes.
Offers `relief-ledger`.
"""
