"""Tests, as sentences."""
