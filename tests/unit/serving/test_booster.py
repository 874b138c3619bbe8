"""The booster gives LightGBM's own numbers, bit for bit."""

import gc
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

import serving.booster
from serving.booster import Booster, BundleError

Rows = NDArray[np.float64]


@pytest.fixture
def booster(trained_model: lightgbm.Booster) -> Booster:
    return Booster(trained_model.model_to_string())


def test_raw_score_on_rows_with_missing_values_equals_lightgbm_bit_for_bit(
    booster: Booster, trained_model: lightgbm.Booster, claim_rows: Rows
) -> None:
    """One row at a time gives what LightGBM's package gives for all."""
    expected = trained_model.predict(claim_rows, raw_score=True)
    assert [booster.raw_score(row) for row in claim_rows] == expected.tolist()


def test_raw_scores_of_many_rows_equal_lightgbm_bit_for_bit(
    booster: Booster, trained_model: lightgbm.Booster, claim_rows: Rows
) -> None:
    """The batch gives what LightGBM's package gives, whatever the memory layout of the rows."""
    expected = trained_model.predict(claim_rows, raw_score=True).tolist()
    assert booster.raw_scores(claim_rows).tolist() == expected
    assert booster.raw_scores(np.asfortranarray(claim_rows)).tolist() == expected
    assert booster.raw_scores(claim_rows[::3]).tolist() == expected[::3]


def test_contributions_equal_lightgbm_bit_for_bit(
    booster: Booster, trained_model: lightgbm.Booster, claim_rows: Rows
) -> None:
    """Contributions are LightGBM's, with the bias last, and calls in between don't disturb them."""
    expected = trained_model.predict(claim_rows[:100], pred_contrib=True)
    parts = [booster.contributions(row) for row in claim_rows[:100]]
    assert np.array(parts).tolist() == expected.tolist()


def test_leaves_equal_lightgbm(booster: Booster, trained_model: lightgbm.Booster, claim_rows: Rows) -> None:
    """Each row's leaf in each tree is LightGBM's own, and a score in between is still right."""
    expected = trained_model.predict(claim_rows, pred_leaf=True)
    found = booster.leaves(claim_rows)
    assert (found.dtype, found.shape) == (np.uint16, (len(claim_rows), booster.n_trees))
    assert found.tolist() == np.asarray(expected).tolist()
    assert booster.leaves(claim_rows[:0]).shape == (0, booster.n_trees)
    with pytest.raises(BundleError, match="rows of shape"):
        booster.leaves(claim_rows[:, 1:])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e300])
def test_raw_score_of_an_extreme_row_equals_lightgbm(
    booster: Booster, trained_model: lightgbm.Booster, value: float
) -> None:
    """Rows of nothing but missing, infinite or huge values score as LightGBM scores them."""
    row = np.full(booster.n_columns, value)
    assert booster.raw_score(row) == trained_model.predict(row[None, :], raw_score=True)[0]


def test_raw_score_of_a_strided_row_reads_its_own_values(booster: Booster, claim_rows: Rows) -> None:
    """A row that is a column of another matrix is copied right, and the caller's row isn't changed."""
    matrix = np.asfortranarray(claim_rows)
    before = matrix.copy()
    assert booster.raw_score(matrix[5]) == booster.raw_score(claim_rows[5])
    np.testing.assert_array_equal(before, matrix)


def test_raw_scores_of_no_rows_are_none(booster: Booster) -> None:
    """An empty batch is an empty answer."""
    assert booster.raw_scores(np.empty((0, booster.n_columns))).shape == (0,)


def test_names_and_number_of_columns_are_the_models(booster: Booster, trained_model: lightgbm.Booster) -> None:
    """The booster knows which columns its model was trained on."""
    assert booster.column_names == tuple(trained_model.feature_name())
    assert booster.n_columns == trained_model.num_feature()


def test_calls_from_many_threads_dont_mix_rows(booster: Booster, claim_rows: Rows) -> None:
    """Threads that share a booster each get their own row's score."""
    expected = booster.raw_scores(claim_rows).tolist()
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(booster.raw_score, claim_rows)) == expected


@pytest.mark.parametrize("shape", [(0,), (1,), (11,), (13,), (1, 12)])
def test_row_of_another_shape_is_refused(booster: Booster, shape: tuple[int, ...]) -> None:
    """A row is never stretched or cut to fit."""
    with pytest.raises(BundleError, match=r"the model takes \(12,\)"):
        booster.raw_score(np.zeros(shape))
    with pytest.raises(BundleError, match=r"the model takes \(12,\)"):
        booster.contributions(np.zeros(shape))


@pytest.mark.parametrize("shape", [(12,), (3, 11), (2, 12, 1)])
def test_rows_of_another_shape_are_refused(booster: Booster, shape: tuple[int, ...]) -> None:
    """A batch must have the model's columns."""
    with pytest.raises(BundleError, match=r"the model takes \(n, 12\)"):
        booster.raw_scores(np.zeros(shape))


def test_closed_booster_refuses_calls_and_closes_twice(booster: Booster, claim_rows: Rows) -> None:
    """After `close` a call is an error and never a crash."""
    booster.close()
    booster.close()
    for call in (booster.raw_score, booster.contributions):
        with pytest.raises(BundleError, match="closed"):
            call(claim_rows[0])
    with pytest.raises(BundleError, match="closed"):
        booster.raw_scores(claim_rows)


def test_forgotten_booster_frees_its_model(trained_model: lightgbm.Booster) -> None:
    """A booster that nobody closes is freed when it is collected."""
    booster = Booster(trained_model.model_to_string())
    finalizer, gone = booster._free, weakref.ref(booster)
    del booster
    gc.collect()
    assert gone() is None
    assert not finalizer.alive


def test_text_that_is_cut_short_or_changed_is_refused(trained_model: lightgbm.Booster) -> None:
    """LightGBM would end the process on such a text; here it is an error, wherever the cut is."""
    text = trained_model.model_to_string()
    end = text.index("end of trees")
    cuts = [text[:length] for length in range(0, end + 1, 997)]
    damaged = ["tree\n", "not a model", text.replace("Tree=3\n", "Tree=4\n"), text.replace("tree_sizes=", "x=")]
    for cut in [*cuts, *damaged]:
        with pytest.raises(BundleError, match=r"Booster\.model_to_string\(\)"):
            Booster(cut)


def test_text_that_lightgbm_refuses_is_a_bundle_error(trained_model: lightgbm.Booster) -> None:
    """What the library itself complains about comes out as one line."""
    text = trained_model.model_to_string().replace("feature_names=feature_0 ", "feature_names=")
    with pytest.raises(BundleError, match="LightGBM refused") as caught:
        Booster(text)
    assert "\n" not in str(caught.value)


def test_model_with_several_classes_is_refused() -> None:
    """A probability needs one raw score per row."""
    random = np.random.default_rng(3)
    data = lightgbm.Dataset(random.normal(size=(90, 2)), np.arange(90) % 3)
    model = lightgbm.train({"objective": "multiclass", "num_class": 3, "verbosity": -1, "num_threads": 1}, data, 2)
    with pytest.raises(BundleError, match="3 classes"):
        Booster(model.model_to_string())


def test_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where lightgbm isn't installed, the message names the extra that brings it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(BundleError, match=r"clearclaim\[serving\]"):
        serving.booster._find_library()


HEAVY = ("pandas", "sklearn", "scipy", "lightgbm", "mlflow", "matplotlib", "bentoml", "pyarrow", "training")
LIGHT_MODULES = ("booster", "bundle", "calibration", "scorer", "reasons", "decision", "policy")


def test_scoring_modules_import_nothing_heavy() -> None:
    """Whoever scores pays for no library that scoring doesn't use: not even LightGBM's own Python package."""
    script = "; ".join(f"import serving.{name}" for name in LIGHT_MODULES)
    script += f"; import sys; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
