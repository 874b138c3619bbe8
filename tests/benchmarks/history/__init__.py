"""How quick the history engine is, and whether its engines agree; each peer in the same run, on the same work."""

from figures import Figure
from history import agreement, batch, imports, online


def run() -> list[Figure]:
    """All figures of the family. The whole takes about half an hour; most of it makes large histories."""
    return [*batch.run(), *online.run(), *imports.run(), *agreement.run()]
