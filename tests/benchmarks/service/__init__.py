"""How quick the service is over HTTP, beside BentoML's own no-op endpoint and MLflow's server in the same run."""

from figures import Figure
from service import family


def run() -> list[Figure]:
    """All figures of the family. It takes some minutes, and some more the first time."""
    return family.run()
