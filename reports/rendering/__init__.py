"""Documents as files: workbook, page, PDF, CSV. The same document is the same bytes (metadata is fixed).

Every file carries the report's JSON, and the checkpoint that covers it, so that a file in hand can
be held against the ledger.
"""
