"""The public contract: one `.avsc` a version of an event, never changed once released.

Protects readers of the past and of the topics. Offers the catalog, its fingerprints, and
the compatibility check.
"""
