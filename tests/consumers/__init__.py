"""Tests of what follows a ledger's topics, on a real broker."""
