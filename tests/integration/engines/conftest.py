"""One Spark session for all tests, whose executors have no package but those that an executor needs."""

import os
from contextlib import ExitStack

import pytest

from features.engines.spark_session import has_java, spark_session
from training.simulate import SimulationConfig, write_world

# compiling a plan takes longer than running it on a few hundred events
SETTINGS = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
}
NOT_FOR_EXECUTORS = ("pandas", "sqlalchemy", "click", "lightgbm", "mlflow", "sklearn", "bentoml", "pydantic")


@pytest.fixture(scope="session")
def session(tmp_path_factory):
    """A session on this machine with two workers. Without Java its tests are left out, but never in CI."""
    if not has_java():
        pytest.fail("CI must have a Java") if os.environ.get("CI") == "true" else pytest.skip("there is no Java")
    folder = tmp_path_factory.mktemp("not-installed")
    for name in NOT_FOR_EXECUTORS:
        (folder / f"{name}.py").write_text(f"raise ImportError('an executor has no {name}')\n")
    with ExitStack() as stack:
        # Spark hands on what it was started with, and nobody else shall have it
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(folder))
            session = stack.enter_context(spark_session("local[2]", SETTINGS))
        yield session


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """A simulated market: all kinds of events, rings, pictures."""
    config = SimulationConfig(orders=3_000, days=300, seed=3)
    return write_world(config, tmp_path_factory.mktemp("world")).events_path
