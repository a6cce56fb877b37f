"""The bureau's files: templates, reading, row checks, and commands made of checked rows.

Protects the ledger from what files contain: a file is checked whole before a row is recorded.
Offers `import_file`, `write_template` and the kinds of file.
"""
