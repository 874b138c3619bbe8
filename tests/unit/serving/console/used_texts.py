"""Which texts templates and pages ask for: read from their syntax, so that no branch is missed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, nodes

CONSOLE: Final = Path(__file__).parents[4] / "serving" / "console"
# where words stand that keys are put together with
_WORDS: Final = (
    "features/events.py",
    "serving/words.py",
    "serving/cases/**/*.py",
    "serving/dossier/*.py",
    "serving/insight/**/*.py",
)
TEMPLATES: Final = tuple(sorted((CONSOLE / "templates").glob("**/*.html")))
_CALLS: Final = frozenset({"t", "text", "texts", "ConsoleError"})  # what is given a text's key


@dataclass(frozen=True, slots=True)
class Asked:
    """One place that asks for a text: by its whole key, or by how the key begins, the rest being found at run time."""

    where: str  # file:line
    key: str
    is_whole: bool = True
    places: frozenset[str] | None = field(default=None, compare=False)  # filled in; None where that can't be seen


@cache
def parsed(path: Path) -> nodes.Template:
    """A template's syntax."""
    return Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))


def asked_by_templates() -> Iterator[Asked]:
    """What templates ask of `t`."""
    for path in TEMPLATES:
        for call in parsed(path).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t" and call.args:
                places = None if call.dyn_kwargs else frozenset(each.key for each in call.kwargs)
                yield from _of_template(f"{path.name}:{call.lineno}", call.args[0], places)


def asked_by_pages() -> Iterator[Asked]:
    """What Python asks of a visit's texts, raises as a complaint, or says after a form."""
    for path, tree in _modules():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            where, called = f"{path.name}:{node.lineno}", _name(node.func)
            for keyword in node.keywords:
                if keyword.arg == "said" and isinstance(keyword.value, ast.Constant) and keyword.value.value:
                    yield Asked(where, f"said.{keyword.value.value}")
            arguments = node.args[1:2] if called == "ConsoleError" else node.args[:1]
            if called in _CALLS:
                yield from (
                    _of_python(where, argument, node) for argument in arguments if _begins(argument) is not None
                )


@cache
def all_words() -> frozenset[str]:
    """Every string of templates and pages: a key, or the end of one, may reach `t` through a name."""
    found = {
        node.value for path in TEMPLATES for node in parsed(path).find_all(nodes.Const) if isinstance(node.value, str)
    }
    for tree in (*(tree for _, tree in _modules()), *_word_lists()):
        found |= {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    return frozenset(found | {word.removeprefix("_") for word in found})  # an end is written as '_says'


@cache
def beginnings() -> frozenset[str]:
    """How keys begin that are put together at run time: `area.` or `area.word_`."""
    found = {each.key for each in (*asked_by_templates(), *asked_by_pages()) if not each.is_whole}
    for _, tree in _modules():
        found |= {begun for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) and (begun := _begins(node))}
    return frozenset(begun for begun in found if "." in begun)


def is_used(key: str) -> bool:
    """Whether something asks for a text: by its key, or by a beginning and an end that both stand somewhere."""
    if key in all_words():
        return True
    for begun in beginnings():
        if key.startswith(begun) and (not begun.endswith(".") or _is_made_of_words(key.removeprefix(begun))):
            return True
    return False


def _is_made_of_words(end: str) -> bool:
    """Whether the end of a key is a word, or a sort and a word of it: `kind_review`, `alarms_says`."""
    splits = (end.partition("_")[::2], end.rpartition("_")[::2])
    words = all_words()
    return end in words or any(sort in words and (word in words or f"_{word}" in words) for sort, word in splits)


def _word_lists() -> Iterator[ast.Module]:
    for pattern in _WORDS:
        yield from (ast.parse(path.read_text(encoding="utf-8")) for path in CONSOLE.parents[1].glob(pattern))


@cache
def _modules() -> tuple[tuple[Path, ast.Module], ...]:
    paths = sorted((CONSOLE).rglob("*.py"))
    return tuple((path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def _of_template(where: str, key: nodes.Node, places: frozenset[str] | None) -> Iterator[Asked]:
    match key:
        case nodes.Const(value=str(value)):
            yield Asked(where, value, places=places)
        case nodes.CondExpr():
            for branch in (key.expr1, key.expr2):
                if branch is not None:
                    yield from _of_template(where, branch, places)
        case nodes.Add(left=nodes.Const(value=str(value))):
            yield Asked(where, value, is_whole=False)
        case nodes.Concat() if isinstance(key.nodes[0], nodes.Const):
            yield Asked(where, key.nodes[0].value, is_whole=False)
        case _:
            pass  # a name: the keys themselves stand elsewhere


def _of_python(where: str, key: ast.expr, call: ast.Call) -> Asked:
    if not isinstance(key, ast.Constant):
        return Asked(where, _begins(key) or "", is_whole=False)
    places = frozenset(each.arg for each in call.keywords if each.arg)
    return Asked(where, key.value, places=None if any(each.arg is None for each in call.keywords) else places)


def _begins(value: ast.expr) -> str | None:
    """How a string begins, as far as it can be seen; None for what is no string, or begins with something unknown."""
    match value:
        case ast.Constant(value=str(text)) if "." in text:
            return text
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            return text
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Add()):
            return text
        case _:
            return None


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
