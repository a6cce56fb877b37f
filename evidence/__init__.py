"""The trust base: what an auditor reads to believe the ledger, in the standard library's words.

Protects the bytes of an entry and their order. Offers the frame (`frame`) and its order (`order`), the
Merkle tree over tiles (`tree`, `tiles`), signed notes, checkpoints and heads (`notes`, `checkpoints`,
`heads`), receipts and bundles (`receipts`, `bundles`), and what examines them (`examine`, `verdicts`,
`verify`).
"""
