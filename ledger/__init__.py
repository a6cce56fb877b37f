"""The write side: use cases, event ↔ Avro codec, recorder and identity vault.

Protects the log: one append is all or nothing, durable before it returns, safe to repeat.
Offers `Ledger` (report, decide, annul), the recorder, the vault.
"""
