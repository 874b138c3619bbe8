"""The style sheets: colours that can be read, in light and dark; and what every page relies on."""

import re
from itertools import product

import pytest

from serving.console.rendering import STATIC

BASE = (STATIC / "console.css").read_text(encoding="utf-8")
SHEETS = {path.name: path.read_text(encoding="utf-8") for path in sorted(STATIC.glob("*.css"))}
SCREEN = re.sub(r"/\*.*?\*/", "", BASE, flags=re.DOTALL)
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", SCREEN)
}
PLAIN_GROUNDS = ("ground", "surface", "sunken")
PLAIN_INKS = ("ink", "quiet", "link", "danger", "raises", "lowers")
SHAPES = ("edge", "focus")  # edges of fields and the ring around what has the focus
DRAWN_ON_INK = [(name, name.removesuffix("-ink") + "-ground") for name in COLOURS if name.endswith("-ink")]
TEXT_RATIO, SHAPE_RATIO = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11 at level AA
OF_A_LIST = (
    ".card .cards .split .scroll .badge .late .soon .fine .quiet .danger .field .hint .error .row .facts .timeline "
    ".said .number .muted .visually-hidden .warning .raises .lowers .axis .label .this .empty .figure"
)


def ratio(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21, as WCAG 2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """How light a colour is, from 0 to 1 (WCAG 2, relative luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_ratio_of_known_colours_is_as_published():
    """Black on white is 21 to 1; #767676 is the lightest grey that can be read on white."""
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_can_be_read_on_every_ground_it_stands_on(dark):
    """Each ink on each plain ground, and each pair made for each other, reaches 4.5 to 1."""
    pairs = [*product(PLAIN_INKS, PLAIN_GROUNDS), *DRAWN_ON_INK]
    found = {pair: ratio(COLOURS[pair[0]][dark], COLOURS[pair[1]][dark]) for pair in pairs}
    assert {pair: round(value, 2) for pair, value in found.items() if value < TEXT_RATIO} == {}
    assert len(found) >= 25


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_edges_and_focus_can_be_seen(dark):
    """What shows where a field is, and where one is, reaches 3 to 1."""
    found = {pair: ratio(COLOURS[pair[0]][dark], COLOURS[pair[1]][dark]) for pair in product(SHAPES, PLAIN_GROUNDS)}
    assert {pair: round(value, 2) for pair, value in found.items() if value < SHAPE_RATIO} == {}


@pytest.mark.parametrize("name", SHEETS)
def test_colours_stand_in_one_place_and_pairs_stay_together(name):
    """No rule has a colour of its own, and an ink made for a ground stands on that one only."""
    rules = re.sub(r"/\*.*?\*/|:root \{.*?\}", "", SHEETS[name], flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|\brgba?\((?!0 0 0 / 50%)[^)]*\)", rules) == []
    for body in re.findall(r"\{([^{}]*)\}", rules):
        ground = re.search(r"background(?:-color)?: var\(--([\w-]+)\)", body)
        ink = re.search(r"(?<![-\w])color: var\(--([\w-]+)\)", body)
        if ground and ink:
            pair = (ink.group(1), ground.group(1))
            assert pair in {*DRAWN_ON_INK, *product(PLAIN_INKS, PLAIN_GROUNDS)}, (
                f"{name}: {pair} isn't known to be readable"
            )
    known = set(re.findall(r"--([\w-]+):", SCREEN + SHEETS[name]))
    unknown = set(re.findall(r"var\(--([\w-]+)\)", rules)) - known
    assert unknown == set(), f"{name}: no such variables"


@pytest.mark.parametrize("selector", OF_A_LIST.split())
def test_class_that_pages_use_has_its_look(selector):
    """What templates were promised is there."""
    assert re.search(rf"{re.escape(selector)}(?![\w-])", SCREEN)


def test_sheet_answers_to_what_people_set_in_their_browser():
    """Motion, fingers, paper and forced colours; the focus is seen, and 2 px at least."""
    for feature in ("prefers-reduced-motion: no-preference", "pointer: coarse", "media print", "forced-colors: active"):
        assert feature in SCREEN
    outside = SCREEN[: SCREEN.index("@media (prefers-reduced-motion")]
    assert "transition" not in outside
    assert "animation" not in SCREEN
    assert int(re.search(r":focus-visible \{ outline: (\d)px solid var\(--focus\)", SCREEN).group(1)) >= 2


@pytest.mark.parametrize("name", SHEETS)
def test_sheet_asks_nobody_else_and_sets_no_letter_apart(name):
    """The policy of content lets nothing in from elsewhere; Chinese isn't spaced by hand."""
    assert not re.search(r"@import|https?:|letter-spacing: (?!normal)", SHEETS[name])


def test_script_leaves_the_page_to_the_page():
    """No markup from strings, nothing evaluated, and nothing fetched but the page's own part that is shown anew."""
    for path in STATIC.glob("*.js"):
        script = path.read_text(encoding="utf-8")
        if path.name == "monitor.js":
            script = script.replace("fetch(now.dataset.from, ", "", 1)
        assert script.startswith('"use strict";'), path.name
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\bfetch\(", script
        )
