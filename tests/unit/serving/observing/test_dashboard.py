"""The dashboard asks for what there is, and shows all of it."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from serving.observing.declared import METRICS, STAGES, Declared

FILE: Final = Path(__file__).resolve().parents[4] / "deploy" / "grafana" / "clearclaim.json"
SUFFIXES: Final = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
OF_SCRAPE: Final = {"instance", "le"}  # labels that Prometheus itself adds


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    found = json.loads(FILE.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def expressions(dashboard: dict[str, Any]) -> list[str]:
    """What all panels ask Prometheus."""
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]


def samples() -> dict[str, Declared]:
    """The names that a scraper gets, with the metric of each."""
    return {f"{metric.name}{suffix}": metric for metric in METRICS for suffix in SUFFIXES[metric.kind]}


def test_dashboard_asks_for_nothing_that_is_not_told(expressions: list[str]) -> None:
    """A panel that stays empty would look like good news."""
    asked = {name for each in expressions for name in re.findall(r"\bclearclaim_\w+", each)}
    assert len(asked) > 15
    assert asked - samples().keys() == set()


def test_dashboard_shows_each_metric_that_is_told(expressions: list[str]) -> None:
    """What nobody looks at needn't be counted."""
    text = "\n".join(expressions)
    shown = {metric.name for name, metric in samples().items() if re.search(rf"\b{name}\b", text)}
    assert {metric.name for metric in METRICS} - shown == set()


def test_dashboard_asks_by_labels_that_there_are(expressions: list[str]) -> None:
    """Neither a selector nor a grouping names a label that its metric doesn't have."""
    for each in expressions:
        metrics = [samples()[name] for name in re.findall(r"\bclearclaim_\w+", each)]
        labels = set(OF_SCRAPE).union(*(metric.labels for metric in metrics))
        grouped = {label.strip() for by in re.findall(r"by \(([^)]*)\)", each) for label in by.split(",")}
        selected = set(re.findall(r"(\w+)(?:=~|!=|=)\"", each))
        assert grouped | selected <= labels, each


def test_dashboard_names_stages_that_there_are(expressions: list[str]) -> None:
    """Selecting a stage that is called otherwise would show nothing."""
    assert set(re.findall(r'stage!?="(\w+)"', "\n".join(expressions))) <= set(STAGES)


def test_panels_have_numbers_of_their_own_and_lie_beside_each_other(dashboard: dict[str, Any]) -> None:
    """Grafana loads it as it is."""
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [(each["x"], each["y"], each["w"], each["h"]) for each in (panel["gridPos"] for panel in panels)]
    taken = [(x + right, y + down) for x, y, w, h in places for right in range(w) for down in range(h)]
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24
    assert {variable["name"] for variable in dashboard["templating"]["list"]} == {"datasource", "instance"}
