"""What is wrong with a page's markup, line by line: for templates, their Jinja marked out, and for rendered pages.

>>> list(complaints_of("<p onclick='x'>"))
['line 1: <p> has onclick: a script of the page itself is forbidden']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

from jinja2 import Environment

OPEN, CLOSE = "⟦", "⟧"  # around what Jinja fills in
_MARK: Final = re.compile(f"{OPEN}[^{CLOSE}]*{CLOSE}")
_TOKEN_MACRO: Final = re.compile(r'macro (\w+)\([^)]*\) *-?%}\s*<input type="hidden" name="csrf"')
_VOID: Final = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_READ_ALOUD: Final = ("alt", "title", "aria-label", "placeholder", "data-label", "data-text")
_NO_FIELD: Final = frozenset({"hidden", "submit", "button", "image", "reset"})
_SAME_IN_ALL: Final = frozenset({"clearclaim", "JSON", "HTML", "API", "CNY"})  # names, and what has no other word
_UNSPOKEN: Final = frozenset({"script", "style", "kbd", "code"})

Attributes = dict[str, str]


def complaints_of(html: str, *, is_template: bool = False) -> Iterator[str]:
    """What is wrong, as `line N: ...`. Words in a template itself are wrong too: texts have two languages."""
    parser = _Parser(is_template=is_template)
    parser.feed(html)
    parser.close()
    parser.finish()
    yield from (f"line {line}: {what}" for line, what in sorted(parser.wrong))


def marked(source: str) -> str:
    """A template with its Jinja taken out, line for line; what is printed becomes a mark that says what was there.

    >>> marked("{% if x %}<p>{{ t('a.b') }}</p>{% endif %}")
    '<p>⟦t a.b⟧</p>'
    """
    text, inside, tokens = "", "", _TOKEN_MACRO.findall(source)
    for line, kind, value in Environment(autoescape=True).lex(source):
        text += "\n" * (line - 1 - text.count("\n"))
        if kind == "data":
            text += value
        elif kind == "variable_begin":
            inside = OPEN
        elif kind == "variable_end":
            text, inside = text + _mark(inside[1:], tokens), ""
        elif inside:
            inside += value
    return text


def _mark(printed: str, tokens: list[str]) -> str:
    """What is printed, as one mark; a macro that prints the token of a form is told as such."""
    says = re.sub(r"[^\w.]+", " ", printed).strip()
    return f"{OPEN}{says}{' csrf' if says in tokens else ''}{CLOSE}"


class _Parser(HTMLParser):
    """Walks a page once. `wrong` holds (line, what is wrong)."""

    def __init__(self, *, is_template: bool) -> None:
        super().__init__()
        self.wrong: list[tuple[int, str]] = []
        self._is_template = is_template
        self._open: list[tuple[str, int, Attributes]] = []
        self._labels: set[str] = set()
        self._fields: list[tuple[int, str, Attributes]] = []
        self._unsafe_forms: dict[int, bool] = {}  # by line: whether the token was seen
        self._drawings: dict[int, bool] = {}  # by line: whether it says what it shows

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        line, given = self.getpos()[0], {name: value or "" for name, value in attrs}
        self._check_inline(tag, given)
        self._check_spoken(tag, given)
        match tag:
            case "form" if given.get("method", "").lower() == "post":
                self._unsafe_forms[line] = False
            case "input" if given.get("name") == "csrf":
                self._token_seen()
            case "label":
                self._labels.add(given.get("for", ""))
            case "svg":
                self._drawings[line] = _is_named(given) or given.get("aria-hidden") == "true"
            case "title" if drawing := self._inside("svg"):
                self._drawings[drawing] = True
            case _:
                pass
        self._check_named(tag, given)
        if tag not in _VOID:
            self._open.append((tag, line, given))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that ends where it begins, as SVG has them."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and what was left open in it."""
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index][0] == tag:
                del self._open[index:]
                return

    def handle_data(self, data: str) -> None:
        """Look at a text."""
        if "csrf" in "".join(_MARK.findall(data)):
            self._token_seen()
        if self._open and self._open[-1][0] == "script" and data.strip():
            self._complain("a script within the page is forbidden: write a file in static/")
        elif not self._inside(*_UNSPOKEN):
            self._check_words(data, "")

    def finish(self) -> None:
        """What only the whole page shows."""
        self.wrong += [
            (at, "a form that posts has no csrf field") for at, seen in self._unsafe_forms.items() if not seen
        ]
        self.wrong += [
            (at, "<svg> says nothing: give a <title>, or aria-hidden")
            for at, said in self._drawings.items()
            if not said
        ]
        for line, tag, given in self._fields:
            if given.get("id", "") not in self._labels or not given.get("id"):
                self.wrong.append((line, f"<{tag} name={given.get('name', '')!r}> has no label, and no aria-label"))

    def _inside(self, *tags: str) -> int:
        """The line of the innermost of these that is open, or 0."""
        return next((line for tag, line, _ in reversed(self._open) if tag in tags), 0)

    def _token_seen(self) -> None:
        if (form := self._inside("form")) in self._unsafe_forms:
            self._unsafe_forms[form] = True

    def _check_inline(self, tag: str, given: Attributes) -> None:
        if tag == "style" or "style" in given:
            self._complain(f"<{tag}> has its style in the page: use a class, and static/")
        if tag == "script" and "src" not in given:
            self._complain("<script> has no src: a script of the page itself is forbidden")
        for name, value in given.items():
            if name.startswith("on"):
                self._complain(f"<{tag}> has {name}: a script of the page itself is forbidden")
            if value.strip().lower().startswith("javascript:"):
                self._complain(f"<{tag}> leads to a script")

    def _check_named(self, tag: str, given: Attributes) -> None:
        is_field = tag in {"select", "textarea"} or (tag == "input" and given.get("type", "text") not in _NO_FIELD)
        if is_field and not (_is_named(given) or self._inside("label")):
            self._fields.append((self.getpos()[0], tag, given))  # a label may come after it
        if tag == "img" and "alt" not in given:
            self._complain("<img> has no alt: say what it shows, or give an empty one")
        if tag == "th" and "scope" not in given:
            self._complain('<th> has no scope: say "col" or "row"')

    def _check_spoken(self, tag: str, given: Attributes) -> None:
        for name in _READ_ALOUD:
            if name in given:
                self._check_words(given[name], f" in {name} of <{tag}>")

    def _check_words(self, text: str, where: str) -> None:
        own = _MARK.sub(" ", text)
        for word in re.findall(r"[^\W\d_]{2,}", own) if self._is_template else []:
            if word not in _SAME_IN_ALL:
                self._complain(f"{own.strip()[:40]!r}{where}: words belong into texts/, in both languages")
                return

    def _complain(self, what: str) -> None:
        self.wrong.append((self.getpos()[0], what))


def _is_named(given: Attributes) -> bool:
    return bool(given.get("aria-label", "").strip() or given.get("aria-labelledby", "").strip())
