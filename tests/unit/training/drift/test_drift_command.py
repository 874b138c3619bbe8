"""`clearclaim-train drift`: its page, its figures and its exit codes, from a file and from a store's log."""

from __future__ import annotations

import json
from contextlib import closing

import pytest
from click.testing import CliRunner

from features.engines.batch import feature_vectors
from features.event_table import from_arrow
from features.events import EventKind
from features.store import Store
from features.store.bulk import import_events
from features.store.check_results import last_check
from features.store.vectors import log_vector
from training.cli import main
from training.drift.reference import reference_of

RUNNER = CliRunner()


def drift(bundle, *arguments: object):
    return RUNNER.invoke(main, ["drift", "--model", str(bundle.path), *map(str, arguments)])


@pytest.fixture(scope="module")
def store(world, plan, tmp_path_factory, bundle):
    """A store with the shop's events, and vectors that a service logged for all claims but the first ten later ones."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store')}/shop.db"
    events = world("unchanged")
    opened = Store.open(url, plan)
    import_events(opened, events, "the shop")
    table = from_arrow(events)
    filed = table.rows_of(EventKind.CLAIM_FILED)
    rows = filed[table["known_at_ms"][filed] >= reference_of(bundle).to_ms][10:]
    names = table.ids["claim_id"].take(table["claim_id"][rows]).to_pylist()
    with opened.writing() as connection:
        for name, row, vector in zip(names, rows.tolist(), feature_vectors(plan, table, rows), strict=True):
            log_vector(connection, name, int(table["known_at_ms"][row]), plan.catalog_hash, vector)
    opened.close()
    return url


@pytest.mark.parametrize(
    ("world_name", "code"),
    [("unchanged", 0), ("nothing", 3), ("refund only", 4), ("all abusive", 4)],
)
def test_drift_exits_by_its_advice(bundle, files, world_name, code):
    """Nothing is 0, watch 3, retrain 4: a scheduler can tell them from errors, which are 1 and 2."""
    result = drift(bundle, "--events", files(world_name))
    assert result.exit_code == code, result.output
    assert f"advice: {['none', 0, 0, 'watch', 'retrain'][code]}" in result.stdout


@pytest.mark.slow
def test_drift_of_a_store_looks_at_what_was_logged(bundle, store, files, tmp_path):
    """The logged claims only, with the same figures as the same vectors computed from events."""
    logged, computed = tmp_path / "logged.json", tmp_path / "computed.json"
    assert drift(bundle, "--store", store, "--no-record", "--json", logged).exit_code == 0
    assert drift(bundle, "--events", files("unchanged"), "--json", computed).exit_code == 0
    one, other = json.loads(logged.read_text()), json.loads(computed.read_text())
    assert (one["later"]["claims"], other["later"]["claims"]) == (290, 300)
    assert (one["later"]["logged"], other["later"]["logged"]) == (True, False)
    days = ["--from", "2024-10-01", "--to", "2024-12-31"]  # in these days all were logged
    assert drift(bundle, "--store", store, *days, "--json", logged).exit_code == 0
    assert drift(bundle, "--events", files("unchanged"), *days, "--json", computed).exit_code == 0
    one, other = json.loads(logged.read_text()), json.loads(computed.read_text())
    assert 0 < one["later"]["claims"] == other["later"]["claims"] < 200
    assert one["later"].pop("logged") is not other["later"].pop("logged")
    assert one == other


def test_drift_of_a_store_leaves_its_advice_there_unless_it_is_told_not_to(bundle, store, plan):
    """Operators are shown what was advised last; a look at chosen days in the past says nothing of now."""
    with closing(Store.open(store, plan, existing=True)) as opened:

        def left():
            with opened.reading() as connection:
                return last_check(connection, opened, "drift")

        drift(bundle, "--store", store, "--no-record")
        drift(bundle, "--store", store, "--from", "2024-10-01", "--to", "2024-12-31")
        assert left() is None
        assert drift(bundle, "--store", store).exit_code == 0
        assert (left().verdict, left().findings, left().says) == ("none", 0, "nothing calls for anything")


def test_drift_of_a_store_in_which_nothing_was_logged_is_watched(bundle, world, plan, tmp_path):
    """Events were imported, but no service scored anything."""
    url = f"sqlite:///{tmp_path}/shop.db"
    opened = Store.open(url, plan)
    import_events(opened, world("nothing"), "the shop")
    opened.close()
    result = drift(bundle, "--store", url)
    assert result.exit_code == 3
    assert "no vector was logged in the period" in result.stdout


@pytest.mark.slow
def test_drift_writes_all_figures_as_json(bundle, files, tmp_path):
    """Each column once with what it moved by, and no number that JSON doesn't know."""
    out, page = tmp_path / "figures" / "drift.json", tmp_path / "drift.html"
    assert drift(bundle, "--events", files("refund only"), "--json", out, "--out", page).exit_code == 4
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    told = json.loads(out.read_text(), parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert told["advice"] == "retrain"
    assert told["reasons"] == [each["sentence"] for each in told["findings"] if each["advice"] == "retrain"]
    assert {column["name"] for column in told["columns"]} == {column.name for column in bundle.contents.columns}
    assert sum(column["gain_share"] for column in told["columns"]) == pytest.approx(1)
    assert told["columns"][0]["name"] == "claim_type_is_refund_only"
    assert told["columns"][0]["meaning"]


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        ([], 2, "give either --store URL or --events FILE"),
        (["--events", "a.parquet", "--store", "sqlite:///a.db"], 2, "give either"),
        (["--events", "nowhere.parquet"], 1, "no such file"),
        (["--store", "sqlite:///nowhere/shop.db"], 1, "nowhere"),
        (["--events", "a.parquet", "--from", "soon"], 2, "soon"),
    ],
)
def test_drift_that_cannot_be_done_says_why_in_a_line(bundle, arguments, code, complaint):
    """Errors are 1 and 2, as everywhere."""
    result = drift(bundle, *arguments)
    assert result.exit_code == code
    assert complaint in result.stderr.splitlines()[-1]


def test_drift_of_a_model_for_another_catalogue_is_refused(trained, files, tmp_path):
    """Columns of two catalogues can't be compared."""
    from dataclasses import replace

    from serving.bundle import write_bundle

    other = write_bundle(tmp_path / "bundle", replace(trained.bundle, catalog_hash="0" * 16))
    result = drift(other, "--events", files("unchanged"))
    assert result.exit_code == 1
    assert "was trained on feature catalogue" in result.stderr.splitlines()[-1]
