"""Kafka in: what follows a ledger's topics, here and in other departments.

Protects its readers from what is torn, missing or unreadable. Offers the projector, and a kit to
subscribe with: typed events, gaps noticed, dead letters parked, exactly-once into SQL.
"""
