"""What the page on deploying shows can be copied, and names settings and commands that there are."""

from __future__ import annotations

import configparser
import importlib.util
import json
import re
from types import ModuleType
from typing import Any

import click
import pytest
import yaml

from serving import settings
from serving.cli import main
from serving.ledger_seal import chain

NUMBERS = {"per_second": 1234.5, "p50_ms": 1.25, "p99_ms": 3.5}
MACHINE = {"workers": 2, "cores": 4, "python": "3.11.9", "events": 1_000_000}
DUEL = {"ours": NUMBERS, "noop": {**NUMBERS, "per_second": 999.0}}
FIGURES: dict[str, dict[str, Any]] = {
    **{
        f"service/{store}throughput_vs_noop_{connections}": {"value": 1.2, "detail": DUEL}
        for store in ("", "postgres_")
        for connections in (1, 8)
    },
    "service/reviewed_with_reasons_p50_ms": {"value": 1.25, "detail": NUMBERS},
    "service/events_per_second": {"value": 6789.0, "detail": {}},
    "service/worker_memory": {"value": 345.0, "detail": MACHINE},
    "service/store_size": {"value": 888.7, "detail": {}},
    "service/throughput_vs_mlflow": {"value": 31.4, "detail": {}},
}


@pytest.fixture(scope="module")
def page(root) -> str:
    """The page."""
    return (root / "docs" / "deploying.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sizing(root) -> ModuleType:
    """The script that writes the page's table."""
    path = root / "tests" / "benchmarks" / "service" / "sizing.py"
    spec = importlib.util.spec_from_file_location("sizing", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def block(page: str, language: str) -> str:
    """The first block of a language."""
    found = re.search(rf"```{language}\n(.*?)```", page, re.DOTALL)
    assert found is not None
    return found[1]


def test_settings_on_the_page_are_settings(page):
    """And all of them; `clearclaim serve` knows each, and would tell of one that is mistyped."""
    said = [*vars(settings).values(), chain.KEY]
    known = {value for value in said if isinstance(value, str) and value.startswith("CLEARCLAIM_")}
    assert settings.unknown_settings(dict.fromkeys(known, "")) == ()
    assert set(re.findall(r"CLEARCLAIM_\w+", page)) <= known
    assert set(re.findall(r"^\| `(CLEARCLAIM_\w+)`", page, re.MULTILINE)) == known


def options_of(words: list[str]) -> set[str]:
    """All options of the command that some words begin with."""
    command: click.Command = main
    for word in words:
        if isinstance(command, click.Group):
            command = command.commands[word]
    return {option for parameter in command.params for option in parameter.opts}


def test_units_crontab_and_compose_file_start_what_there_is(page):
    """All can be read by a parser, and call commands that there are, with options that they have."""
    called = re.findall(r"\bclearclaim ((?:ledger|status|insight)[^>)\n]*)", block(page, "crontab"))
    for unit in re.findall(r"```ini\n(.*?)```", page, re.DOTALL):
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.read_string(unit)
        program, rest = parser["Service"]["ExecStart"].split(maxsplit=1)
        assert program.endswith("/clearclaim")
        called.append(rest)
    assert [command.split()[0] for command in called] == ["ledger", "status", "serve", "insight"]
    for command in called:
        words = command.split()
        assert {word for word in words if word.startswith("--")} <= options_of(words)
    services = yaml.safe_load(block(page, "yaml"))["services"]
    assert set(services) == {"database", "service"}
    assert services["service"]["image"] == "clearclaim:latest"


def test_table_of_measured_numbers_goes_between_its_marks(page, sizing, tmp_path):
    """The benchmark's script finds its place on the page, and leaves the rest as it is; written twice, it stays one."""
    bench, copy = tmp_path / "bench.json", tmp_path / "page.md"
    bench.write_text(json.dumps([{"name": name, **figure} for name, figure in FIGURES.items()]))
    copy.write_text(page, encoding="utf-8")
    sizing.write_table(bench, copy)
    once = copy.read_text(encoding="utf-8")
    sizing.write_table(bench, copy)
    assert copy.read_text(encoding="utf-8") == once
    assert "| claims a second, 8 connections | 1,234 | 1,234 | 999 |" in once
    before, after = page.split(sizing.BEGIN)[0], page.split(sizing.END)[1]
    assert once.startswith(before)
    assert once.endswith(after)


def test_table_without_a_figure_is_refused(page, sizing, tmp_path):
    """Half a table says nothing: the page stays as it was."""
    bench, copy = tmp_path / "bench.json", tmp_path / "page.md"
    bench.write_text(json.dumps([{"name": "service/store_size", "value": 1.0, "detail": {}}]))
    copy.write_text(page, encoding="utf-8")
    with pytest.raises(ValueError, match="throughput_vs_noop_1"):
        sizing.write_table(bench, copy)
    assert copy.read_text(encoding="utf-8") == page
