"""What holds for all tests."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # kafka-python 3.0.12 reads its own files in a way that Python 3.11 calls deprecated.
    warnings.filterwarnings("ignore", "(read|open)_text is deprecated", DeprecationWarning)
    import kafka  # noqa: F401
