"""All parts of pages on one sheet, to look at: `python -m tests.unit.serving.console.style_sheet --port 8123`.

Then open http://127.0.0.1:8123/console/sheet, with `?lang=zh-CN` for Chinese. Nothing of it is shipped.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import uvicorn
from jinja2 import ChoiceLoader, FileSystemLoader
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.console import rendering
from serving.console.app import SESSION_COOKIE, Console
from serving.console.page import EVERYONE, ConsoleError, Page, PageReply
from serving.console.visit import Visit
from serving.html_templates import html_templates
from tests.unit.serving.console.visiting import NOW_MS, desk_of

# width of the bar, and whether it raises: a reason's contribution, as the waterfall draws it
BARS: Final = ((96, True), (71, True), (38, False), (24, True), (17, False))


def sheet(visit: Visit) -> PageReply:
    """Every part once."""
    return rendering.render(visit, "style_sheet.html", bars=BARS, now_ms=NOW_MS)


def failure(_: Visit) -> PageReply:
    """What is shown where there is no page."""
    raise ConsoleError(404, "error.not_found")


PAGES: Final = (Page("GET", "/sheet", sheet, EVERYONE), Page("GET", "/failure", failure, EVERYONE))


def sheet_app() -> ASGIApp:
    """The console with these pages alone; whoever asks is Ann, a senior reviewer."""
    here, environment = Path(__file__).parent, html_templates(rendering.TEMPLATES)
    environment.loader = ChoiceLoader([environment.loader or FileSystemLoader([]), FileSystemLoader(here)])
    console = Console(desk_of(), PAGES)

    async def as_ann(scope: Scope, receive: Receive, send: Send) -> None:
        given = [value for name, value in scope["headers"] if name == b"cookie"]
        cookie = b"; ".join([*given, f"{SESSION_COOKIE}=ann:senior".encode()])
        others = [header for header in scope["headers"] if header[0] != b"cookie"]
        await console({**scope, "headers": [*others, (b"cookie", cookie)]}, receive, send)

    return as_ann


def main() -> None:
    """Serve the sheet until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8123, help="where to listen")
    uvicorn.run(sheet_app(), host="127.0.0.1", port=parser.parse_args().port, lifespan="off")


if __name__ == "__main__":
    main()
