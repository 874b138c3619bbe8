"""A bundle whose probes come out otherwise than where it was trained is refused before it scores a claim."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

from serving.booster import Booster
from serving.bundle import Bundle, BundleContents, BundleError, read_bundle, write_bundle
from serving.bundle_files import version_of
from serving.calibration import Calibration
from serving.probes import Outcome, Probes, check_scores, stand_in_rows
from serving.scorer import Scorer


def outcome(model: lightgbm.Booster, calibration: Calibration, rows: NDArray[np.float64]) -> Outcome:
    raw_scores = np.asarray(model.predict(rows, raw_score=True))
    return Outcome(tuple(raw_scores.tolist()), tuple(calibration.probabilities(raw_scores).tolist()))


@pytest.fixture(scope="module")
def contents(
    bundle_contents: BundleContents,
    trained_model: lightgbm.Booster,
    recovery_model: lightgbm.Booster,
    claim_rows: NDArray[np.float64],
) -> BundleContents:
    """Contents with the outcomes of LightGBM's own predict."""
    rows, head = claim_rows[:20], bundle_contents.recovery
    assert head is not None
    probes = Probes(
        tuple(tuple(None if np.isnan(value) else float(value) for value in row) for row in rows),
        outcome(trained_model, bundle_contents.calibration, rows),
        outcome(recovery_model, head.calibration, rows),
    )
    return replace(bundle_contents, probes=probes)


def with_probes(contents: BundleContents, **changes: object) -> BundleContents:
    assert contents.probes is not None
    return replace(contents, probes=replace(contents.probes, **changes))  # type: ignore[arg-type]


def test_probes_of_predict_come_out_alike_and_the_bundle_scores(contents: BundleContents, tmp_path: Path) -> None:
    """Single rows through the C library equal `Booster.predict`, bit for bit, for both models; probes stay whole."""
    bundle = write_bundle(tmp_path / "bundle", contents)
    assert bundle.contents.probes == contents.probes
    with Scorer(bundle) as scorer:
        assert scorer.model_version == bundle.model_version


def test_probe_with_one_raw_score_off_by_a_bit_is_refused(contents: BundleContents, tmp_path: Path) -> None:
    """The message names the file of the model, the row, and both numbers."""
    assert contents.probes is not None
    raw_scores = list(contents.probes.abuse.raw_scores)
    raw_scores[7] = float(np.nextafter(raw_scores[7], 9))
    changed = with_probes(contents, abuse=replace(contents.probes.abuse, raw_scores=tuple(raw_scores)))
    bundle = write_bundle(tmp_path / "bundle", changed)
    with pytest.raises(BundleError, match=r"abuse\.txt: row 7 of its probes has raw score .* where it was trained"):
        Scorer(bundle)


def test_probe_of_the_recovery_model_is_checked_too(contents: BundleContents, tmp_path: Path) -> None:
    """Advances are decided on it."""
    assert contents.probes is not None
    assert contents.probes.recovery is not None
    changed = with_probes(contents, recovery=replace(contents.probes.recovery, probabilities=(0.5,) * 20))
    with pytest.raises(BundleError, match=r"recovery\.txt: row 0 of its probes"):
        Scorer(write_bundle(tmp_path / "bundle", changed))


def test_two_ways_of_scoring_that_differ_are_told_without_any_probes(bundle: Bundle) -> None:
    """A library whose single-row call errs is found out even with a bundle that carries no probes."""

    class Errs(Booster):
        def raw_score(self, row: NDArray[np.float64]) -> float:
            return super().raw_score(row) + 1e-9

    booster = Errs(bundle.contents.model_text)
    with pytest.raises(BundleError, match=r"alone and .* among others"):
        check_scores(booster, bundle.contents.calibration, stand_in_rows(booster.n_columns), None)


def test_stand_in_rows_fall_into_many_leaves(bundle: Bundle) -> None:
    """Rows that all came out alike would prove nothing."""
    with Booster(bundle.contents.model_text) as booster:
        assert len(set(booster.raw_scores(stand_in_rows(booster.n_columns)).tolist())) > 8


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"rows": ()}, "must have rows of 12 columns"),
        ({"rows": ((1.0, None),) * 20}, "must have rows of 12 columns"),
        ({"recovery": None}, "must tell what a recovery model makes"),
        ({"abuse": Outcome((0.1,), (0.5,))}, "another number of outcomes"),
    ],
)
def test_probes_that_dont_fit_the_models_are_not_written(
    contents: BundleContents, tmp_path: Path, changes: dict[str, object], complaint: str
) -> None:
    """Training can't write what a service would refuse."""
    with pytest.raises(BundleError, match=rf"probes\.json: .*{complaint}"):
        write_bundle(tmp_path / "bundle", with_probes(contents, **changes))


@pytest.mark.parametrize(("before", "without"), [(3, {"probes.json", "card.html"}), (4, {"card.html"})])
def test_bundle_of_a_format_before_is_read_without_what_came_later(
    own_bundle: Bundle, before: int, without: set[str]
) -> None:
    """A champion of yesterday goes on scoring after an upgrade."""
    for name in without:
        (own_bundle.path / name).unlink()
    manifest = json.loads((own_bundle.path / "manifest.json").read_text())
    hashes = {name: each for name, each in manifest["files"].items() if name not in without}
    assert all(sha256((own_bundle.path / name).read_bytes()).hexdigest() == each for name, each in hashes.items())
    manifest.update(format=before, files=hashes, model_version=version_of(hashes))
    (own_bundle.path / "manifest.json").write_text(json.dumps(manifest))
    older = read_bundle(own_bundle.path)
    assert older.contents == replace(own_bundle.contents, card_html="")
    with Scorer(older) as scorer, Scorer(own_bundle) as same:
        assert scorer.score(np.zeros(12)) == same.score(np.zeros(12))
