"""The card as one HTML file: nothing is fetched, nothing in it runs, and it reads on a phone and in the dark.

It is made from the Markdown, in which no HTML is taken for more than text.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from markdown_it import MarkdownIt

PICTURES_AFTER: Final = "How good it is"

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2327; --soft: #59636b; --line: #d5dade; --paper: #fff; --tint: #f4f6f7;
  --link: #0b5cad; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ea; --soft: #a0a9b1; --line: #3a4248; --paper: #16191c;
  --tint: #20252a; --link: #7db8f5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 62rem; color: var(--ink); background: var(--paper);
  font: 16px/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; padding-top: .8rem; border-top: 1px solid var(--line); }
nav { font-size: .9rem; color: var(--soft); } nav a { margin-right: .9rem; white-space: nowrap; }
a { color: var(--link); }
.wide { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { min-width: 6rem; padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
th { background: var(--tint); font-weight: 600; }
pre { background: var(--tint); padding: .8rem; overflow-x: auto; } code { font-size: .88em; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
figure { margin: 0; } figcaption { font-size: .88rem; color: var(--soft); }
img { width: 100%; height: auto; background: #fff; border-radius: 4px; }
"""
# nothing may be loaded and no script may run, whatever a name in the data says
_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, and what it shows, in words."""

    caption: str
    png: bytes


def card_page(card: str, pictures: Sequence[Picture] = ()) -> str:
    """A card's Markdown as a page of its own, with pictures within."""
    head, *sections = re.split(r"(?m)^## ", card)
    titles = [section.partition("\n")[0].strip() for section in sections]
    body = [_render(head), _contents(titles)]
    for title, section in zip(titles, sections, strict=True):
        shown = _pictures(pictures) if title == PICTURES_AFTER else ""
        body.append(f'<section id="{_anchor(title)}">\n{_render("## " + section)}{shown}</section>\n')
    found = re.search(r"(?m)^# (.+)$", head)
    return _page("model card" if found is None else found[1], "".join(body))


def _render(markdown: str) -> str:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    html = str(parser.render(markdown))
    # wide tables scroll by themselves, and the page doesn't
    return html.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")


def _contents(titles: Sequence[str]) -> str:
    links = "".join(f'<a href="#{_anchor(title)}">{escape(title)}</a>\n' for title in titles)
    return f"<nav>\n{links}</nav>\n" if titles else ""


def _pictures(pictures: Sequence[Picture]) -> str:
    if not pictures:
        return ""
    figures = "".join(
        f'<figure><img alt="{escape(each.caption)}" src="data:image/png;base64,{base64.b64encode(each.png).decode()}">'
        f"<figcaption>{escape(each.caption)}</figcaption></figure>\n"
        for each in pictures
    )
    return f'<div class="pictures">\n{figures}</div>\n'


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _page(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
{body}</body>
</html>
"""
