"""A written log and views over it, as the tests of the read side have them."""

from tests.projections.conftest import asking, log, views

__all__ = ["asking", "log", "views"]
