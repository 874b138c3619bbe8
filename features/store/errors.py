"""What a store says when it can't be used, or can't take what it is given."""

from __future__ import annotations


class StoreError(RuntimeError):
    """A store that can't be used as it is: the message says why and what to do."""


class StoreAwayError(StoreError):
    """A store whose server doesn't answer, or not yet: the same may work a moment later."""


class RewriteError(ValueError):
    """Events that would be known before something that their entities already know: history can't be rewritten."""
