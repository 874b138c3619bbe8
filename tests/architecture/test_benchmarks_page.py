"""The page of benchmarks holds what was measured, and nothing that a hand put into its tables."""

import importlib
import sys

import pytest


@pytest.fixture
def tables(root, monkeypatch):
    """The module that writes the tables."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(root / "tests" / "benchmarks")])
    yield importlib.import_module("tables")
    for name in ("tables", "figures"):
        sys.modules.pop(name, None)


def test_tables_are_those_of_the_figures(root, tables) -> None:
    """A figure that was changed on the page, or measured and not shown, is found."""
    page = (root / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert tables.with_tables(page, tables.read()) == page


def test_every_family_has_its_table(root) -> None:
    """A family without a place on the page would be measured for nobody."""
    run = (root / "tests" / "benchmarks" / "run.py").read_text(encoding="utf-8")
    families = run.partition("FAMILIES = (")[2].partition(")")[0].replace('"', "").replace(",", " ").split()
    page = (root / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert [name for name in families if f"<!-- bench {name} -->" not in page] == []
    assert len(families) > 5


def test_new_figures_take_the_place_of_their_familys_and_of_no_other(tmp_path, tables) -> None:
    """What wasn't run again stays as it was; a missed target says so."""
    path = tmp_path / "benchmarks.json"
    tables.put_down(
        [tables.Figure("a/one", 1.0, "ms", 2.0, holds=True), tables.Figure("b/two", 5.0, "ms", 2.0, False)], path
    )
    tables.put_down([tables.Figure("a/three", 12_345.6, "claims", None, holds=True)], path)
    families = tables.read(path)
    page = "x\n<!-- bench a -->\nold\n<!-- end of bench -->\ny\n<!-- bench b -->\n<!-- end of bench -->\n"
    shown = tables.with_tables(page, families)
    assert "old" not in shown
    assert "| three | 12,346 claims |  |  |" in shown
    assert "| two | 5 ms | 2 | **missed** |" in shown
    assert "one" not in shown
    assert tables.with_tables(shown, families) == shown


def test_table_without_an_end_is_refused(tables) -> None:
    """Nothing behind it may be eaten."""
    with pytest.raises(ValueError, match="'a' has no end"):
        tables.with_tables("<!-- bench a -->\ntext", {"a": {}})
