"""The read side: read models made of the log, disposable and always rebuildable.

Protects questions about two times: `as_of` a date in the world, `as_at` a position of the log.
Offers `Views` and one module of questions a read model.
"""
