"""What all tests share: one Hypothesis profile, and the switches that keep libraries from calling home."""

import os

import pytest
from hypothesis import settings

os.environ["BENTOML_DO_NOT_TRACK"] = "True"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
# two test processes share two cores: LightGBM's threads would wait for one another
os.environ["OMP_NUM_THREADS"] = "1"

# machines are shared and noisy, so no deadline; CI looks at the same examples each time
settings.register_profile("clearclaim", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("clearclaim")


def pytest_collection_modifyitems(items):
    """Keep the integration tests of one folder in one test process: they share a server or a training."""
    for item in items:
        if "integration" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group(str(item.path.parent)))
