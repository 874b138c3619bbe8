"""What a store says when it can't be used."""

from __future__ import annotations


class StoreError(RuntimeError):
    """A store that can't be used as it is: the message says why and what to do."""
