"""The trust base: what an auditor reads to believe the ledger, in the standard library's words.

Protects the bytes of an entry and their order. Offers the frame (`frame`), the Merkle tree over
tiles (`tree`, `tiles`), signed notes and checkpoints (`notes`, `checkpoints`), and receipts.
"""
