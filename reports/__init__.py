"""Compliance: rule packs as data, findings that rest on events, reports that anyone can make again.

Reads through projections and the ledger; decides nothing. Offers the rules in force on a day.
"""
