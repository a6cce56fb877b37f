"""SQLite and PostgreSQL, told apart in one place: opening, transactions, bulk rows, faults.

Protects what the stores above rely on: one consistent snapshot to read, one writer's
transaction, durable settings. Knows nothing of ledgers or views.
"""
