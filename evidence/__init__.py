"""The trust base: what an auditor reads to believe the ledger, in the standard library's words.

Protects the bytes of an entry. Offers the frame; tree, checkpoints and verifier join it here.
"""
