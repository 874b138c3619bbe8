"""A small trained model and a bundle of it, made once; and a claim desk on a store of its own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import bentoml
import lightgbm
import numpy as np
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models.model import ModelStore
from numpy.typing import NDArray

from features.plan import Plan, default_plan
from features.store import Store
from serving.bundle import Bundle, BundleContents, ModelColumn, RecoveryHead, write_bundle
from serving.calibration import Calibration
from serving.claim_desk import ClaimDesk
from serving.model import Model, load_model
from serving.policy import Policy, default_policy_path, read_policy
from tests.unit.serving.claims import NOW_MS
from tests.unit.serving.small_champion import champion_contents
from tests.unit.serving.small_reader import small_reader

Promote = Callable[[str, Path], None]

N_COLUMNS = 12
REASON_CODES = ("buyer_claims", "buyer_orders", "claim_amount", "claim_timing")


@pytest.fixture(scope="session")
def claim_rows() -> NDArray[np.float64]:
    """Random rows, heavy-tailed, a fifth of the values missing."""
    random = np.random.default_rng(20260301)
    rows = random.standard_t(2, size=(600, N_COLUMNS)) * 10.0 ** random.integers(-3, 4, size=N_COLUMNS)
    rows[random.random(rows.shape) < 0.2] = np.nan
    return rows


@pytest.fixture(scope="session")
def trained_model(claim_rows: NDArray[np.float64]) -> lightgbm.Booster:
    """A binary model with names, monotone constraints and missing values, as training makes it."""
    random = np.random.default_rng(7)
    filled = np.nan_to_num(claim_rows / np.nanstd(claim_rows, axis=0))
    risk = filled[:, 0] + filled[:, 1] * filled[:, 2] + 0.5 * random.normal(size=len(filled))
    names = [f"feature_{number}" for number in range(N_COLUMNS)]
    data = lightgbm.Dataset(claim_rows, (risk > 0.3).astype(np.int32), feature_name=names)
    parameters = {
        "objective": "binary",
        "num_leaves": 15,
        "max_depth": 6,
        "verbosity": -1,
        "num_threads": 1,
        "min_data_in_leaf": 5,
        "monotone_constraints": [1] + [0] * (N_COLUMNS - 1),
    }
    return lightgbm.train(parameters, data, 40)


@pytest.fixture(scope="session")
def recovery_model(claim_rows: NDArray[np.float64]) -> lightgbm.Booster:
    """A model of shares between 0 and 1, on the same columns."""
    share = 1 / (1 + np.exp(-np.nan_to_num(claim_rows[:, 3] / np.nanstd(claim_rows[:, 3]))))
    names = [f"feature_{number}" for number in range(N_COLUMNS)]
    parameters = {"objective": "cross_entropy", "num_leaves": 4, "verbosity": -1, "num_threads": 1}
    return lightgbm.train(parameters, lightgbm.Dataset(claim_rows, share, feature_name=names), 20)


@pytest.fixture(scope="session")
def bundle_contents(trained_model: lightgbm.Booster, recovery_model: lightgbm.Booster) -> BundleContents:
    """Contents that pass every check."""
    names = trained_model.feature_name()
    return BundleContents(
        model_text=trained_model.model_to_string(),
        calibration=Calibration(x=(-3.0, -1.0, 0.5, 2.5), y=(0.01, 0.1, 0.4, 0.95)),
        catalog_hash="0123456789abcdef",
        columns=tuple(ModelColumn(name, REASON_CODES[number % len(REASON_CODES)]) for number, name in enumerate(names)),
        reason_texts={code: {"en": f"About {code}", "zh-CN": f"关于 {code}"} for code in REASON_CODES},
        card="# A model\n\nFor tests.\n",
        created_at_ms=1_772_000_000_000,
        training={"seed": 7, "window": {"from_ms": 1_700_000_000_000, "to_ms": 1_770_000_000_000}},
        metrics={"average_precision": 0.71},
        versions={"lightgbm": "4.7.0"},
        recovery=RecoveryHead(recovery_model.model_to_string(), Calibration(x=(-2.0, 2.0), y=(0.1, 0.9))),
        card_html="<!doctype html>\n<title>A model</title>\n",
    )


@pytest.fixture(scope="session")
def bundle(bundle_contents: BundleContents, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The contents, written and read back. Tests that change files write their own."""
    return write_bundle(tmp_path_factory.mktemp("bundles") / "champion", bundle_contents)


@pytest.fixture
def own_bundle(bundle_contents: BundleContents, tmp_path: Path) -> Bundle:
    """A bundle that the test may damage."""
    return write_bundle(tmp_path / "own", bundle_contents)


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The plan of the service's own catalogue."""
    return default_plan()


@pytest.fixture(scope="session")
def champion_bundle(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle on the service's own columns."""
    return write_bundle(tmp_path_factory.mktemp("champions") / "champion", champion_contents(plan))


@pytest.fixture(scope="session")
def champion(champion_bundle: Bundle, plan: Plan) -> Model:
    """That bundle, ready to score."""
    return load_model(champion_bundle.path, plan)


@pytest.fixture(scope="session")
def champion_that_reads(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model that takes what the text of a claim says, too."""
    contents = champion_contents(plan, reader=small_reader())
    return load_model(write_bundle(tmp_path_factory.mktemp("champions") / "reads", contents).path, plan)


@pytest.fixture(scope="session")
def champion_that_recovers(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model that tells what comes back of an advance, too."""
    contents = champion_contents(plan, recovers=True)
    return load_model(write_bundle(tmp_path_factory.mktemp("champions") / "recovers", contents).path, plan)


@pytest.fixture
def promote(tmp_path: Path) -> Iterator[Promote]:
    """BentoML with an empty model store of the test's own, and a way to put a bundle into it."""
    folder = tmp_path / "models"
    folder.mkdir()
    BentoMLContainer.model_store.set(ModelStore(folder))

    def promote_(tag: str, bundle: Path) -> None:
        with bentoml.models.create(tag) as stored:
            shutil.copytree(bundle, stored.path, dirs_exist_ok=True)

    yield promote_
    BentoMLContainer.model_store.reset()


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The policy that comes with the package."""
    return read_policy(default_policy_path())


@pytest.fixture
def store(tmp_path: Path, plan: Plan) -> Iterator[Store]:
    """An empty store of the test's own."""
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", plan)
    yield store
    store.close()


@pytest.fixture
def open_desk(store: Store, policy: Policy, champion: Model) -> Callable[..., ClaimDesk]:
    """Opens a desk on the store: its clock stands still at NOW_MS, unless the test says otherwise."""

    def open_(**changes: object) -> ClaimDesk:
        return ClaimDesk(**{"store": store, "policy": policy, "model": champion, "clock": lambda _: NOW_MS, **changes})

    return open_


@pytest.fixture
def desk(open_desk: Callable[..., ClaimDesk]) -> ClaimDesk:
    """A desk with a model."""
    return open_desk()
