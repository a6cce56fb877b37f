"""The model of relief decisions: values, programs, streams and their events, refusals.

Protects the rules: no clock, no I/O, no randomness; time and ids are handed in.
Offers events, aggregates, `judge`, `overlapping`, and pure values.
"""
