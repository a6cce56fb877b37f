"""OAUTHBEARER: the token is read anew whenever the client asks, so that a file may be renewed."""

from __future__ import annotations

from collections.abc import Callable

from kafka.net.sasl.oauth import AbstractTokenProvider


class TokenFrom(AbstractTokenProvider):  # type: ignore[misc]
    """Hands the client a token from wherever the settings say."""

    def __init__(self, read: Callable[[], str]) -> None:
        super().__init__()
        self._read = read

    def token(self) -> str:
        """The token as it is now."""
        return self._read()
