"""Taking a picture that a README can show: as large as asked, as few bytes as can be."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

LARGEST = 300_000  # bytes; pages with such pictures open slowly otherwise


def take(page: Page, path: Path, height: int) -> None:
    """A window of this height, 1280 wide, from the top of the page, in 128 colours."""
    page.set_viewport_size({"width": 1280, "height": height})
    page.evaluate("scrollTo(0, 0)")
    seen = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    seen.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    assert 10_000 < path.stat().st_size < LARGEST
