"""Every template of the console, whoever wrote it, keeps to what all pages promise."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from jinja2 import nodes

from serving.console.languages import LANGUAGES, texts_of
from tests.unit.serving.console.markup import complaints_of, marked
from tests.unit.serving.console.used_texts import (
    CONSOLE,
    TEMPLATES,
    asked_by_pages,
    asked_by_templates,
    beginnings,
    is_used,
    parsed,
)

# how texts begin that are asked for by words of elsewhere: all lists of the code (held to them in test_words.py), and
# what accounts may share (the store's words)
FROM_ELSEWHERE = ("words.", "case.thing_")
HAN = "[一-鿿]"
LATIN_POINT = re.compile(rf"{HAN}[.,;:!?()](?!\d)|[,;:!?()]{HAN}")  # side by side: `可用 . _ @` names signs
NAMES = re.compile("Krippendorff|clearclaim")  # the same in every language
IN_THE_OTHER_LANGUAGE = frozenset({"common.other_language"})


def texts() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each text: where it stands, its key, and what it says by language."""
    for path in sorted((CONSOLE / "texts").glob("*.toml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for name, said in tomllib.loads("\n".join(lines)).items():
            start = re.compile(rf"\[?{re.escape(name)}\b")
            line = next(number for number, text in enumerate(lines, 1) if start.match(text))
            yield f"{path.name}:{line}", f"{path.stem}.{name}", said


def test_texts_that_are_asked_for_exist():
    """No page fails because a text is missing, or a beginning that no key has."""
    keys = texts_of("en").keys
    missing = [
        f"{asked.where}: there is no text {asked.key}{'' if asked.is_whole else '...'}"
        for asked in (*asked_by_templates(), *asked_by_pages())
        if (asked.key not in keys if asked.is_whole else not any(key.startswith(asked.key) for key in keys))
    ]
    assert missing == []


def test_texts_that_are_asked_for_get_what_they_leave_open():
    """Each place of a text is filled in where the text is asked for, and nothing else is handed over."""
    said = {key: text["en"] for _, key, text in texts()}
    wrong = []
    for asked in asked_by_templates():
        if asked.is_whole and asked.places is not None and asked.key in said:
            needs = frozenset(name for _, name, _, _ in Formatter().parse(said[asked.key]) if name)
            if needs != asked.places:
                wrong.append(f"{asked.where}: {asked.key} has the places {sorted(needs)}, not {sorted(asked.places)}")
    assert wrong == []


def test_texts_that_nothing_asks_for_are_gone():
    """A text that no page says isn't translated for nothing."""
    assert [
        f"{where}: nothing says {key}"
        for where, key, _ in texts()
        if not (key.startswith(FROM_ELSEWHERE) or is_used(key))
    ] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_keeps_to_what_all_pages_promise(path):
    """Nothing inline, tokens in forms, labels for fields, names for drawings, scopes, and every word from texts/."""
    found = [
        f"{path.name}, {each}" for each in complaints_of(marked(path.read_text(encoding="utf-8")), is_template=True)
    ]
    assert found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_prints_no_sentence_of_its_own(path):
    """A choice between words is a choice between texts."""
    found = [
        f"{path.name}:{const.lineno}: {const.value!r} belongs into texts/, in both languages"
        for output in parsed(path).find_all(nodes.Output)
        for printed in output.nodes
        for const in results(printed)
        if re.match(rf"[A-Z]\w*[a-z]|{HAN}", const.value)
    ]
    assert found == []


def results(expression: nodes.Node) -> Iterator[nodes.Const]:
    """The strings that an expression may print as they are."""
    match expression:
        case nodes.Const(value=str()):
            yield expression
        case nodes.CondExpr():
            yield from results(expression.expr1)
            if expression.expr2 is not None:
                yield from results(expression.expr2)
        case nodes.Or() | nodes.And():
            yield from results(expression.left)
            yield from results(expression.right)
        case nodes.Concat():
            for part in expression.nodes:
                yield from results(part)
        case _:
            return


def is_page(path: Path) -> bool:
    """Whether a template is a page: one that extends another."""
    return parsed(path).find(nodes.Extends) is not None


@pytest.mark.parametrize("path", [path for path in TEMPLATES if is_page(path)], ids=lambda path: path.name)
def test_page_has_one_first_heading_and_a_title(path):
    """Whatever branch is taken, a page has one h1; and a title, by which a tab is found."""
    page = parsed(path)
    assert headings(page.body) == (1, 1), f"{path.name}: the fewest and the most h1 of its branches"
    assert any(block.name == "title" for block in page.find_all(nodes.Block)), f"{path.name}: no block title"


def headings(body: list[nodes.Node]) -> tuple[int, int]:
    """The fewest and the most h1 that templates may print, over all branches."""
    fewest = most = 0
    for node in body:
        match node:
            case nodes.Output():
                low = high = sum(part.data.count("<h1") for part in node.nodes if isinstance(part, nodes.TemplateData))
            case nodes.If():
                ways = [headings(node.body), headings(node.else_), *(headings(each.body) for each in node.elif_)]
                low, high = min(way[0] for way in ways), max(way[1] for way in ways)
            case nodes.For():
                low, high = 0, 2 * headings(node.body)[1]
            case nodes.Include(template=nodes.Const(value=name)):
                low, high = headings(parsed(CONSOLE / "templates" / name).body)
            case nodes.Block() | nodes.With() | nodes.Scope():
                low, high = headings(node.body)
            case nodes.CallBlock():
                low, high = headings(node.body)
            case _:
                low = high = 0
        fewest, most = fewest + low, most + high
    return fewest, most


def test_texts_are_each_in_their_language():
    """Chinese has Chinese points and characters, English has none of these, and no text is empty."""
    wrong = []
    for where, key, said in texts():
        english, chinese = said["en"], said["zh-CN"]
        without_places = NAMES.sub("", re.sub(r"\{[^}]*\}", "", chinese))
        if not english.strip() or not chinese.strip():
            wrong.append(f"{where}: {key} is empty")
        if key in IN_THE_OTHER_LANGUAGE:
            continue
        if LATIN_POINT.search(chinese):
            wrong.append(f"{where}: {key} has a Latin point in Chinese: {chinese!r}")
        if re.search(r"[A-Za-z]{3}", without_places) and not re.search(HAN, chinese):
            wrong.append(f"{where}: {key} isn't translated: {chinese!r}")
        if re.search(f"{HAN}|[，。；：！？（）]", english):
            wrong.append(f"{where}: {key} has Chinese in English: {english!r}")
    assert wrong == []


def test_texts_are_no_markup():
    """What is said is text: a template decides how it looks, and nothing is escaped twice."""
    found = [
        f"{where}: {key}"
        for where, key, said in texts()
        for language in LANGUAGES
        if re.search(r"<\w|&\w+;", said[language])
    ]
    assert found == []


def test_beginnings_of_keys_are_seen():
    """The tests above see keys that are put together, such as the roles in the header."""
    assert "common.role_" in beginnings()
