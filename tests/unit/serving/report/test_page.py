"""The report as a file: whole, in both languages, without script, addresses or buyers."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from features.store import Store
from serving.cli import main
from serving.insight.alarms.alarm import Alarm
from serving.insight.keeping import Kept
from serving.insight.tables import open_insight
from serving.languages import LANGUAGES
from serving.report import page
from serving.report.making import make_report, read
from serving.report.page import render_report
from serving.report.telling import percent, texts_of
from tests.spec.drawing import BASE_MS
from tests.unit.serving.cases.quality.worlds import write_cases
from tests.unit.serving.insight.kept import keep
from tests.unit.serving.report.drawn import AFTER_MS, DAY_MS, POLICY, QUARTER, fill

HISTORY = """
    known_at | kind              | buyer     | claim | order | action       | claim_reason | rating | order_promised_at
    1d       | order_paid        | buyer-ann | -     | o1    | -            | -            | -      | 3d
    2d       | order_delivered   | buyer-ann | -     | o1    | -            | -            | -      | -
    40d      | order_paid        | buyer-ann | -     | o2    | -            | -            | -      | 42d
    43d      | order_delivered   | buyer-ann | -     | o2    | -            | -            | -      | -
    44d      | claim_filed       | buyer-ann | c1    | o2    | -            | damaged      | -      | -
    44d      | claim_decided     | buyer-ann | c1    | o2    | auto_approve | -            | -      | -
    45d      | feedback_given    | buyer-ann | c1    | o2    | -            | -            | 5      | -
"""


@pytest.fixture
def told(store: Store) -> Store:
    """A store with a little of everything, a buyer's id in what is kept of findings too."""
    fill(store, HISTORY)
    write_cases(store, [{"kind": "appeal", "opened_at_ms": BASE_MS + 50 * DAY_MS, "party": "buyer"}])
    open_insight(store)
    ring = {"kind": "ring", "members": [{"buyer_id": "buyer-ann"}]}
    keep(store, "abuse", [Kept("ring of buyer-ann", 1, ring)], AFTER_MS)
    raised = {"early": (-1, "over"), "old": (30, "over"), "new": (80, "open"), "late": (100, "open")}
    alarms = [Kept(key, 1, alarm_body(key, BASE_MS + day * DAY_MS, state)) for key, (day, state) in raised.items()]
    keep(store, "alarms", alarms, AFTER_MS)
    scores = {rank: {"value": 5 - rank / 10, "low": 3.0, "high": 5.0} for rank in range(1, 9)}
    ranked = [Kept(f"shop {rank}", rank, {"place": rank, "score": score}) for rank, score in scores.items()]
    few = Kept("shop 9", 9, {"place": None, "score": None})  # of too few orders to be ranked
    keep(store, "merchants", [*ranked, few], AFTER_MS)
    return store


def alarm_body(key: str, opened_ms: int, state: str) -> dict[str, Any]:
    """An alarm as it is kept, of which only the moment and the state count here."""
    return {each.name: None for each in fields(Alarm)} | {"id": key, "opened_ms": opened_ms, "state": state}


def page_of(store: Store, language: str = "en", now_ms: int = AFTER_MS) -> str:
    """The report's HTML."""
    report = make_report(store, POLICY, read(store, POLICY, QUARTER, now_ms))
    return render_report(report, POLICY, language).decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_report_names_every_target_and_no_buyer(told: Store, language: str) -> None:
    """All ten stand there, with their formulas; whoever is kept among findings is counted only."""
    html = page_of(told, language)
    text = texts_of(language)
    names = ("response_hour", "response_day", "satisfaction", "notices", "consistency", "complaints", "on_time")
    for name in (*names, "feedback", "training", "transparency"):
        assert html.count(f'id="{name}"') == 1
        assert text(f"targets.{name}") in html
    assert "buyer-ann" not in html
    assert f'<html lang="{language}">' in html


def test_report_holds_neither_script_nor_address(told: Store) -> None:
    """It opens from a disk without a network, and runs nothing."""
    html = page_of(told)
    assert "<script" not in html
    assert re.search(r"\s(src|href|on\w+)=|url\(|@import|https?:", html) is None
    assert "default-src 'none'" in html


def test_paper_that_is_narrow_keeps_what_a_narrow_screen_leaves_out(told: Store) -> None:
    """A4 is narrower than many windows: its summary has intervals and changes all the same."""
    queries = re.findall(r"@media ([^{]*max-width[^{]*){", page_of(told))
    assert queries
    assert all(query.startswith("screen and") for query in queries)


def test_report_ranks_best_and_worst_merchants_apart(told: Store) -> None:
    """Five from the top, and of the rest the last ones from the bottom."""
    found = re.findall(r'<th scope="row" class="id">(shop \d)</th><td class="number">([\d.]+)', page_of(told))
    assert [name for name, _ in found] == [f"shop {rank}" for rank in (1, 2, 3, 4, 5, 8, 7, 6)]
    assert found[0][1] == "4.9"


def test_alarms_of_the_quarter_are_told_by_state_and_findings_by_kind(told: Store) -> None:
    """One was raised before, and one after it; a finding is counted by what it is of."""
    html = page_of(told)
    assert "2 raised in the quarter: 1 open, 1 over" in html
    assert '<dt class="part">ring</dt><dd>1</dd>' in html


def test_empty_store_makes_a_report_that_says_what_to_send(store: Store) -> None:
    """Nothing fails on nothing."""
    html = page_of(store)
    assert "Send order_delivered." in html
    assert "clearclaim insight refresh" in html


def test_report_of_a_running_quarter_says_so(told: Store) -> None:
    """Nobody takes a half quarter for a whole one."""
    assert "still runs" in page_of(told, now_ms=BASE_MS + 60 * DAY_MS)
    assert "still runs" not in page_of(told)


def test_ids_cannot_break_the_page(store: Store) -> None:
    """A merchant may be called what it likes."""
    open_insight(store)
    keep(store, "merchants", [Kept("<script>alert(1)</script>", 1, {})], AFTER_MS)
    assert "<script" not in page_of(store)


def test_every_text_of_what_is_missing_is_said_somewhere() -> None:
    """No text waits for a lack that nothing finds, and none is lacking itself."""
    folder = Path(page.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    keys = {key.partition(".")[2] for key in texts_of("en").keys if key.startswith("missing.")}
    assert set(re.findall(r'Said\("(\w+)"', source)) == keys


@pytest.mark.parametrize("share", [0.9996, 0.99999999])
def test_nearly_all_is_not_told_as_all(share: float) -> None:
    """A target of 100 % that is missed by one doesn't read as met."""
    assert percent(share) == "> 99.9"


def run(*arguments: str):
    return CliRunner().invoke(main, ["report", *arguments])


def test_command_writes_the_file_whole(told: Store, tmp_path) -> None:
    """It says where it is, of which quarter if none is named, and how many targets stand how."""
    out = tmp_path / "out.html"
    done = run("--store", told.name, "--language", "zh-CN", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert f"{out}: 2024Q1; the record holds 2024Q1 to 2024Q1; targets:" in done.output
    html = out.read_text(encoding="utf-8")
    assert "服务报告" in html
    assert "记录截至 2024-02-15" in html
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_quarter_without_a_record_is_refused_with_those_there_are(told: Store) -> None:
    """An empty report would read as one about bad days."""
    done = run("--store", told.name, "--quarter", "2025Q2")
    assert done.exit_code == 1
    assert "nothing is on record of it; this store holds 2024Q1 only" in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--quarter", "2026-7"), "such as 2026Q3"),
        (("--quarter", "2099Q1"), "hasn't begun"),
        (("--quarter", "2024Q1", "--out", "/no/such/folder/out.html"), "No such file"),
        (("--quarter", "2024Q1", "--policy", "/no/such/policy.toml"), "policy.toml"),
    ],
)
def test_wrong_input_is_told_in_one_line(store: Store, arguments: tuple[str, ...], said: str) -> None:
    """It exits with 1, and no trace is shown."""
    done = run("--store", store.name, *arguments)
    assert done.exit_code == 1
    [line] = [line for line in done.output.splitlines() if line.startswith("Error")]
    assert said in line


def test_store_that_is_not_there_is_told_in_one_line(tmp_path) -> None:
    """No empty store is made in its place."""
    done = run("--store", f"sqlite:///{tmp_path}/none.db")
    assert done.exit_code == 1
    assert not (tmp_path / "none.db").exists()
