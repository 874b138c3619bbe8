"""A Bento is the service in a folder: built from the checkout, served from elsewhere, without what training needs."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import yaml

from serving.policy import default_policy_path, read_policy
from tests.integration.service.running_service import ROOT, RunningService, environment_of, start_server
from tests.unit.serving.claims import claim_content

BUILD_SECONDS = 60


@pytest.fixture(scope="module")
def bento_home(promoted_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BentoML home with a champion and a Bento."""
    home = shutil.copytree(promoted_home, tmp_path_factory.mktemp("bento") / "bentoml")
    command = [sys.executable, "-m", "bentoml", "build", "--output", "tag", str(ROOT)]
    subprocess.run(command, env=environment_of(home), check=True, capture_output=True, timeout=BUILD_SECONDS)
    return home


@pytest.fixture(scope="module")
def bento_source(bento_home: Path) -> Path:
    """The code in the Bento. Its policy is made another than the checkout's, so that one can tell which is in force."""
    [latest] = (bento_home / "bentos" / "clearclaim").glob("*/src")
    policy = _policy_in(latest)
    text = policy.read_text(encoding="utf-8")
    assert "delay_cost_minor = 200 " in text
    policy.write_text(text.replace("delay_cost_minor = 200 ", "delay_cost_minor = 250 "), encoding="utf-8")
    return latest


def _policy_in(source: Path) -> Path:
    return source / default_policy_path().relative_to(ROOT)


@pytest.fixture
def served(bento_home: Path, bento_source: Path, tmp_path: Path) -> Iterator[RunningService]:
    """Two workers of the Bento, in an empty folder, with the Bento's own code alone on the path."""
    assert bento_source.is_dir()
    settings = {"CLEARCLAIM_STORE": f"sqlite:///{tmp_path / 'store.db'}", "CLEARCLAIM_SPOOL": str(tmp_path / "spool")}
    # what is in the Bento stays as it was built, for whoever looks
    environment = environment_of(bento_home, PYTHONDONTWRITEBYTECODE="1", CLEARCLAIM_WORKERS="2", **settings)
    del environment["PYTHONPATH"]
    command = [sys.executable, "-m", "bentoml", "serve", "clearclaim:latest"]
    running = start_server(command, tmp_path, environment, "/readyz")
    yield running
    running.stop()


def test_bento_serves_claims_with_the_champion(bento_source: Path, served: RunningService) -> None:
    """A machine that has the Bento, a model store and the store's URL decides claims, by what is in the Bento."""
    with served.client() as http:
        answer = http.post("/v1/score", json=claim_content("C1")).raise_for_status().json()
    assert (answer["degraded"], answer["replayed"]) == (False, False)
    assert answer["model_version"]
    own, shipped = read_policy(_policy_in(bento_source)).version, read_policy(default_policy_path()).version
    assert answer["policy_version"] == own != shipped
    started = [child.cmdline() for child in psutil.Process(served.process.pid).children(recursive=True)]
    assert len([command for command in started if "--worker-id" in command]) == 2


def test_bento_holds_the_service_and_nothing_of_training_or_tests(bento_source: Path) -> None:
    """What isn't needed isn't shipped."""
    assert sorted(path.name for path in bento_source.iterdir()) == ["LICENSE", "bentofile.yaml", "features", "serving"]
    assert not [*bento_source.rglob("__pycache__"), *bento_source.rglob("*.pyc")]
    assert _policy_in(bento_source).is_file()


def test_bento_asks_for_the_packages_of_serving_and_postgres_alone() -> None:
    """`pyproject.toml` says what serving needs; the Bento's list is the same, bound for bound."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    needed = {*project["dependencies"], *extras["serving"], *extras["postgres"]}
    packages = yaml.safe_load((ROOT / "bentofile.yaml").read_text(encoding="utf-8"))["python"]["packages"]
    assert packages == sorted(needed)
