"""Ledgers as they were made at each release of the contract, and their replay with today's code.

`N/entries.bin.gz`: gzip of `relief ledger entries 1\n`, then every entry, its length before it in
four bytes, big-endian. `N/answers.json.gz`: what every question answered then, as canonical JSON.
Both were written once, by `make release`, and never change.
"""
