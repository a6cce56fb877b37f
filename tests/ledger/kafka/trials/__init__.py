"""Trials on a real broker, with an outside journal of what was acknowledged.

The tests run a short form of each; `make trials` runs them long.
"""
