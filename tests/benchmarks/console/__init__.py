"""How quick the console's pages are, from the request to the last byte of HTML, on a store that is full."""

from console import case_page, monitor_page, opening, queue_page
from figures import Figure


def run() -> list[Figure]:
    """All figures of the family; each page's module gives its own."""
    return [*queue_page.run(), *opening.run(), *case_page.run(), *monitor_page.run()]
