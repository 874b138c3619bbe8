"""A model that is promoted while the service runs is taken up; one that fails its checks changes nothing."""

import logging
import weakref
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Event, Thread

import bentoml
import numpy as np
import pytest

from features.plan import Plan
from serving import model_watch
from serving.background import Background
from serving.bundle import Bundle, BundleError, write_bundle
from serving.claim_desk import ClaimDesk
from serving.model_watch import ModelWatch
from tests.unit.serving.claims import make_claim
from tests.unit.serving.conftest import Promote
from tests.unit.serving.small_champion import champion_contents

LATEST = "clearclaim:latest"


@pytest.fixture(scope="session")
def other_bundle(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle of another version."""
    return write_bundle(tmp_path_factory.mktemp("others") / "other", champion_contents(plan, card="# Another card\n"))


@pytest.fixture
def watch(promote: Promote, champion_bundle: Bundle, plan: Plan) -> ModelWatch:
    """A watch that has taken the champion."""
    promote("clearclaim:1", champion_bundle.path)
    return ModelWatch(LATEST, plan)


def look(watch: ModelWatch, times: int = 2) -> str | None:
    for _ in range(times):
        watch.look()
    model = watch()
    return None if model is None else model.version


def lines(caplog: pytest.LogCaptureFixture, level: int = logging.ERROR) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == level]


def test_promoted_bundle_is_in_force_after_the_second_look(
    watch: ModelWatch, promote: Promote, champion_bundle: Bundle, other_bundle: Bundle, caplog: pytest.LogCaptureFixture
) -> None:
    """The first look sees that somebody writes, the second that it is over; the log tells from what to what."""
    caplog.set_level(logging.INFO)
    promote("clearclaim:2", other_bundle.path)
    assert look(watch, 1) == champion_bundle.model_version
    assert look(watch, 1) == other_bundle.model_version
    old, new = champion_bundle.model_version, other_bundle.model_version
    assert lines(caplog, logging.INFO) == [f"model {LATEST}: {new} is in force now, in the place of {old}"]


def test_earlier_bundle_promoted_again_is_in_force_again(
    watch: ModelWatch, promote: Promote, champion_bundle: Bundle, other_bundle: Bundle
) -> None:
    """Going back is promoting what was there before."""
    promote("clearclaim:2", other_bundle.path)
    assert look(watch) == other_bundle.model_version
    promote("clearclaim:3", champion_bundle.path)
    assert look(watch) == champion_bundle.model_version


def test_bundle_promoted_in_the_middle_of_a_look_is_taken_up_by_the_next_ones(
    watch: ModelWatch,
    promote: Promote,
    champion_bundle: Bundle,
    other_bundle: Bundle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However close a promotion comes to a look, it isn't overlooked for good."""
    found: list[Path | None] = []
    find = model_watch.find_entry

    def find_and_be_overtaken(tag: str) -> Path | None:
        found.append(find(tag))
        if len(found) == 1:
            promote("clearclaim:3", other_bundle.path)
        return found[-1]

    monkeypatch.setattr(model_watch, "find_entry", find_and_be_overtaken)
    promote("clearclaim:2", champion_bundle.path)
    look(watch)
    assert len(found) == 1
    assert look(watch) == other_bundle.model_version


def test_newest_entry_removed_puts_the_one_before_in_force(
    watch: ModelWatch, promote: Promote, champion_bundle: Bundle, other_bundle: Bundle
) -> None:
    """The store says what counts, however it came to say so."""
    promote("clearclaim:2", other_bundle.path)
    assert look(watch) == other_bundle.model_version
    bentoml.models.delete("clearclaim:2")
    assert look(watch) == champion_bundle.model_version


def test_look_at_an_unchanged_store_reads_no_file(watch: ModelWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks each second for as long as the service lives."""
    before = watch()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was read")

    monkeypatch.setattr(Path, "read_text", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(bentoml.models, "get", refuse)
    assert look(watch, 3) is not None
    assert watch() is before


def test_same_bundle_promoted_once_more_keeps_the_model_that_is_loaded(
    watch: ModelWatch, promote: Promote, champion_bundle: Bundle
) -> None:
    """Nothing would differ but the memory."""
    before = watch()
    promote("clearclaim:2", champion_bundle.path)
    look(watch)
    assert watch() is before


def test_bundle_that_fails_its_checks_is_logged_once_and_the_old_one_stays(
    watch: ModelWatch, promote: Promote, champion_bundle: Bundle, bundle: Bundle, caplog: pytest.LogCaptureFixture
) -> None:
    """One of another catalogue is refused, however often is looked."""
    promote("clearclaim:2", bundle.path)
    assert look(watch, 6) == champion_bundle.model_version
    [line] = lines(caplog)
    assert "was trained on feature catalogue 0123456789abcdef" in line
    assert line.endswith(f"; until then {champion_bundle.model_version} stays in force")
    assert "\n" not in line
    assert all(record.exc_info is None for record in caplog.records)


def test_bundle_mended_in_its_place_is_tried_again(
    watch: ModelWatch, promote: Promote, other_bundle: Bundle, caplog: pytest.LogCaptureFixture
) -> None:
    """A refusal holds until something changes, and no longer."""
    promote("clearclaim:2", other_bundle.path)
    card = Path(bentoml.models.get("clearclaim:2").path) / "card.md"
    text = card.read_text()
    card.write_text("Better than it is.")
    look(watch)
    assert "card.md: differs from its SHA-256" in lines(caplog)[0]
    assert "card.md: differs" in (watch.refused or "")
    card.write_text(text)
    assert look(watch) == other_bundle.model_version
    assert len(lines(caplog)) == 1
    assert watch.refused is None


def test_bundle_whose_probes_come_out_otherwise_is_refused(
    watch: ModelWatch, promote: Promote, plan: Plan, champion_bundle: Bundle, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """A library that scores single rows wrongly never gets to score a claim."""
    promote("clearclaim:2", write_bundle(tmp_path / "third", champion_contents(plan, card="# Third\n")).path)
    monkeypatch.setattr("serving.booster.Booster.raw_score", lambda *_: 0.25)
    assert look(watch) == champion_bundle.model_version
    assert "row 0 of its probes has raw score" in lines(caplog)[0]


def test_store_that_loses_all_its_models_leaves_the_one_in_force(
    watch: ModelWatch, champion_bundle: Bundle, caplog: pytest.LogCaptureFixture
) -> None:
    """Claims go on being scored, and the log says what to do."""
    bentoml.models.delete("clearclaim:1")
    assert look(watch, 4) == champion_bundle.model_version
    [line] = lines(caplog)
    assert "has no such model any more; promote one" in line


def test_first_model_of_an_empty_store_is_taken_up(
    promote: Promote, plan: Plan, champion_bundle: Bundle, caplog: pytest.LogCaptureFixture
) -> None:
    """A service that started without a model needs no restart to get one, and complains of nothing until then."""
    watch = ModelWatch(LATEST, plan)
    assert look(watch, 3) is None
    promote("clearclaim:1", champion_bundle.path)
    assert look(watch) == champion_bundle.model_version
    assert lines(caplog) == []


def test_entry_that_a_tag_names_is_taken_up_once_it_is_there(
    promote: Promote, plan: Plan, champion_bundle: Bundle, other_bundle: Bundle
) -> None:
    """A tag with a version follows nothing newer."""
    watch = ModelWatch("clearclaim:7", plan)
    assert watch() is None
    promote("clearclaim:7", champion_bundle.path)
    assert look(watch) == champion_bundle.model_version
    promote("clearclaim:8", other_bundle.path)
    assert look(watch) == champion_bundle.model_version


def test_service_that_starts_beside_a_bad_newest_model_goes_back_to_the_one_before(
    promote: Promote, plan: Plan, champion_bundle: Bundle, bundle: Bundle, other_bundle: Bundle
) -> None:
    """A worker that was replaced scores as its neighbours do, who kept the old one; and takes the next good one up."""
    promote("clearclaim:1", champion_bundle.path)
    promote("clearclaim:2", bundle.path)
    watch = ModelWatch(LATEST, plan)
    assert look(watch) == champion_bundle.model_version
    promote("clearclaim:3", other_bundle.path)
    assert look(watch) == other_bundle.model_version


def test_tag_that_is_none_is_refused_by_name(promote: Promote, plan: Plan) -> None:
    """A mistyped setting shows at the start."""
    assert promote
    with pytest.raises(BundleError, match=r"model bad tag!!: .*name it as 'bentoml models list' does"):
        ModelWatch("bad tag!!", plan)


def test_swap_under_four_scoring_threads_drops_no_claim_and_frees_the_old_model(
    watch: ModelWatch,
    promote: Promote,
    champion_bundle: Bundle,
    other_bundle: Bundle,
    open_desk: Callable[..., ClaimDesk],
) -> None:
    """Each claim is decided by one model or by the other, whole; the memory of the old one goes with its last user."""
    desk, swapped, began = open_desk(model=watch), Event(), Barrier(5, timeout=60)
    versions: list[str | None] = []
    errors: list[Exception] = []

    def score(thread: int) -> None:
        began.wait()
        after = number = 0
        while after < 3:  # some claims after the swap
            after += swapped.is_set()
            number += 1
            order = {"buyer_id": f"B{thread}-{number}", "merchant_id": f"M{thread}-{number}"}
            try:
                versions.append(desk.score(make_claim(f"C{thread}-{number}", order=order)).model_version)
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not be
                errors.append(error)
                return

    threads = [Thread(target=score, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    old = watch()
    assert old is not None
    freed, booster = weakref.ref(old.scorer), old.scorer._booster._free
    began.wait()
    try:
        promote("clearclaim:2", other_bundle.path)
        look(watch)
    finally:
        swapped.set()
        for thread in threads:
            thread.join()
    assert errors == []
    assert set(versions) == {champion_bundle.model_version, other_bundle.model_version}
    assert versions[-1] == other_bundle.model_version
    del old
    assert freed() is None
    assert not booster.alive


def test_claim_in_work_ends_on_the_model_it_began_with(
    watch: ModelWatch, promote: Promote, champion_bundle: Bundle, other_bundle: Bundle
) -> None:
    """Whoever holds a model can go on with it, though another is in force."""
    held = watch()
    assert held is not None
    row = np.zeros(held.scorer._catalog_columns)
    expected = held.scorer.score(row)
    promote("clearclaim:2", other_bundle.path)
    assert look(watch) == other_bundle.model_version
    assert held.version == champion_bundle.model_version
    assert held.scorer.score(row) == expected


def test_work_in_the_background_goes_on_after_an_error(caplog: pytest.LogCaptureFixture) -> None:
    """A thread that ended at the first mishap would be missed by nobody; what fails again and again is told once."""
    times, done = [0], Event()

    def action() -> None:
        times[0] += 1
        if times[0] <= 3:
            raise OSError("disk gone")
        done.set()

    background = Background("watch of a test", 0.001, action)
    background.start()
    background.start()
    assert done.wait(10)
    background.stop()
    assert lines(caplog) == ["watch of a test: OSError: disk gone; it is tried again"]


def test_watch_that_runs_takes_up_by_itself(watch: ModelWatch, promote: Promote, other_bundle: Bundle) -> None:
    """Nobody has to ask it."""
    taken = Event()
    look_once = watch.look

    def look_and_tell() -> None:
        look_once()
        model = watch()
        if model is not None and model.version == other_bundle.model_version:
            taken.set()

    watch._background = Background("watch", 0.001, look_and_tell)
    watch.start()
    promote("clearclaim:2", other_bundle.path)
    assert taken.wait(20)
    watch.stop()
