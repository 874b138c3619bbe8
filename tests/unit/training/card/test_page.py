"""The card's page stands alone, and nothing in the data can run in it."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import pytest

from training.card import Picture, Provenance, card_page, with_provenance

CARD = """# A model

Some **words**.

## How good it is

| by | slice |
| --- | ---: |
| category | a \\| b |

## Where it ends

```sh
clearclaim-train train --events EVENTS
```
"""
PNG = b"\x89PNG and so on"
HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://a.test/b.png) `c`|d\n# e"


class Tags(HTMLParser):
    """What a browser would find in a page: (tag, attributes), and the text."""

    def __init__(self, page):
        super().__init__()
        self.found, self.text = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def of(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def page():
    return card_page(CARD, [Picture('Precision "and" recall', PNG)])


def test_page_has_the_cards_title_headings_and_tables(page):
    """What the Markdown says, the page says."""
    assert "<title>A model</title>" in page
    assert [each["id"] for each in Tags(page).of("section")] == ["how-good-it-is", "where-it-ends"]
    assert "<td>category</td>" in page
    assert "a | b</td>" in page
    assert "clearclaim-train train --events EVENTS" in page


def test_page_shows_pictures_within_the_section_of_figures(page):
    """They are part of the file, with words for who can't see them."""
    (picture,) = Tags(page).of("img")
    assert picture["alt"] == 'Precision "and" recall'
    assert base64.b64decode(picture["src"].removeprefix("data:image/png;base64,")) == PNG
    assert page.index('id="how-good-it-is"') < page.index("<img") < page.index('id="where-it-ends"')
    assert "<img" not in card_page(CARD)


def test_page_fetches_nothing(page):
    """It can be opened offline, from anywhere, and calls nobody."""
    tags = Tags(page)
    assert all(value.startswith(("#", "data:")) for _, each in tags.found for key, value in each.items()
               if key in {"src", "href"})  # fmt: skip
    assert tags.of("script") == tags.of("link") == []
    assert "url(" not in page
    policy = next(each["content"] for each in tags.of("meta") if "http-equiv" in each)
    assert policy.startswith("default-src 'none'")


def test_page_fits_a_phone_and_the_dark(page):
    """Tables scroll by themselves, and colours follow the reader's setting."""
    assert 'content="width=device-width, initial-scale=1"' in page
    assert "prefers-color-scheme: dark" in page
    assert page.count('<div class="wide"><table>') == 1


def test_page_takes_nothing_out_of_the_data_for_html():
    """Names that somebody else chose stay text, in the page as in the table."""
    made = Provenance(0, HOSTILE, HOSTILE, HOSTILE, "1", "m", "none", "none", {"numpy": HOSTILE}, HOSTILE)
    card = with_provenance(CARD, made)
    page = card_page(card)
    tags = Tags(page)
    assert {tag for tag, _ in tags.found} & {"script", "img"} == set()
    assert [each["href"] for each in tags.of("a") if not each["href"].startswith("#")] == []
    assert "".join(tags.text).count("<script>alert(1)</script> [x](javascript:alert(1))") == 5
    assert len(re.findall("<h1", page)) == 1


def test_provenance_says_who_when_from_what_and_how():
    """All that leads back to what made a model, in rows."""
    made = Provenance(
        created_at_ms=1_700_000_000_000,
        author="ann",
        source="data/events.parquet",
        run_id="run7",
        version="3",
        model_version="0a1b2c",
        git_commit="c0ffee+changes",
        policy_version="none",
        packages={"clearclaim": "1.2", "numpy": "2.4"},
        command="clearclaim-train train --events data/events.parquet",
    )
    lines = with_provenance(CARD, made).splitlines()
    assert lines[lines.index("## Who made it, and when") + 4 :] == [
        "| made | 2023-11-14 22:13:20 UTC |",
        "| by | ann |",
        "| from events | data/events.parquet |",
        "| by the command | clearclaim-train train --events data/events.parquet |",
        "| bundle | 0a1b2c |",
        "| registered as version | 3 |",
        "| MLflow run | run7 |",
        "| git commit | c0ffee+changes |",
        "| policy | none |",
        "| packages | clearclaim 1.2, numpy 2.4 |",
    ]
