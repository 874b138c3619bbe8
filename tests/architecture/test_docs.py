"""What there is, is written down."""

from __future__ import annotations

import ast
import re
import tomllib

import click
import pytest

from features.catalog_text import as_markdown
from features.plan import default_plan
from serving.answer import Answer
from serving.claim import Claim
from serving.cli import main as operators
from training.cli import main as data_scientists


def commands(group: click.Group, name: str) -> list[str]:
    """Every command below a group, as a user types it."""
    found: list[str] = []
    for child, command in group.commands.items():
        typed = f"{name} {child}"
        found += commands(command, typed) if isinstance(command, click.Group) else [typed]
    return found


@pytest.mark.parametrize(
    "command", [*commands(operators, "clearclaim"), *commands(data_scientists, "clearclaim-train")]
)
def test_page_of_commands_has_every_command(root, command):
    """A command that nobody can find isn't there."""
    text = " ".join((root / "docs" / "commands.md").read_text(encoding="utf-8").split())
    assert command in text


def test_page_of_features_is_the_catalogue(root):
    """Nobody reads of a feature that isn't there, nor misses one that is."""
    page = root / "docs" / "features.md"
    written = page.read_text(encoding="utf-8") if page.is_file() else ""
    assert written == as_markdown(default_plan()), "run 'clearclaim-train features --markdown' and commit the page"


def test_page_of_features_has_a_row_for_every_column():
    """Each column stands there once, with words for it in English and in Chinese."""
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", as_markdown(default_plan()), re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(default_plan().names)
    for _, cells in rows:
        unit, direction, reason, english, chinese = (cell.strip() for cell in re.split(r"(?<!\\)\|", cells))
        assert min(len(unit), len(reason), len(english), len(chinese)) > 0
        assert direction in {"raises", "either", "lowers"}


def test_every_package_says_what_it_is_for(root):
    """A reader meets the idea first: each package's `__init__` opens with a docstring."""
    folders = {path.parent for name in ("features", "serving", "training") for path in (root / name).rglob("*.py")}
    assert len(folders) > 8
    silent = []
    for folder in sorted(folders):
        source = folder / "__init__.py"
        if not source.is_file() or not ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))):
            silent.append(str(folder.relative_to(root)))
    assert silent == []


def silent_names(body, where):
    """Public functions and classes, and the methods of those classes, that have no docstring."""
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield f"{where}.{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from silent_names(node.body, f"{where}.{node.name}")


def test_every_public_name_says_what_it_is(root):
    """Modules, classes, functions and methods without a leading underscore: each has a docstring, without exception."""
    silent = []
    for path in [path for name in ("features", "serving", "training") for path in sorted((root / name).rglob("*.py"))]:
        tree, where = ast.parse(path.read_text(encoding="utf-8")), str(path.relative_to(root))
        silent += ([] if ast.get_docstring(tree) else [where]) + list(silent_names(tree.body, where))
    assert silent == []


def test_silent_name_is_seen():
    """What would find none anywhere proves nothing; what is private may be silent."""
    text = 'class A:\n    """Says."""\n    def b(self): ...\n    def _c(self): ...\nasync def d(): ...\nclass _E: ...'
    assert list(silent_names(ast.parse(text).body, "house.py")) == ["house.py.A.b", "house.py.d"]


def test_newest_heading_of_the_changelog_is_the_version(root):
    """Whoever looks up what a version brought finds it at the top, with its day."""
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    headings = re.findall(r"^## (.*)$", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert re.fullmatch(rf"{re.escape(version)} \(\d{{4}}-\d\d-\d\d\)", headings[0])


def test_request_in_the_readme_is_a_claim(root):
    """Whoever copies the call from the README gets no error."""
    body = re.search(r"-d '(\{.*?\})'", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert body is not None
    assert Claim.model_validate_json(body[1]).claim_id == "claim-000146907"


def test_readme_in_chinese_says_the_same(root):
    """The same calls, commands and pages, so that neither falls behind; it may lead to more."""
    english, chinese = ((root / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
    for pattern in (r"```.*?```", r"(?<=\]\()(?!README|https)[^)]*(?<!svg)(?=\))"):
        # a picture may be there in Chinese, under the same name
        said = [set(re.findall(pattern, text.replace(".zh-CN.png", ".png"), re.DOTALL)) for text in (english, chinese)]
        assert said[0] - said[1] == set()
    sections = [re.findall("^##+ ", text, re.MULTILINE) for text in (english, chinese)]
    assert len(sections[1]) >= len(sections[0])


def test_pages_that_the_readmes_lead_to_are_there(root):
    """No link of ours is dead, on any page."""
    dead = []
    for page in [*root.glob("*.md"), *(root / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            path = link.partition("#")[0]
            if "://" not in link and path and not (page.parent / path).exists():
                dead.append(f"{page.name}: {link}")
    assert dead == []


def test_answer_in_the_readme_is_an_answer(root):
    """The answer that the README shows has the fields that the service sends, all of them."""
    body = re.search(r"```json\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert body is not None
    answer = Answer.model_validate_json(body[1])
    assert answer.model_fields_set == set(Answer.model_fields)
