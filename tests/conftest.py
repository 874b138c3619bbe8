"""What all tests share: one Hypothesis profile, and the switches that keep libraries from calling home."""

import os
from pathlib import PurePosixPath

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

os.environ["BENTOML_DO_NOT_TRACK"] = "True"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
# two test processes share two cores: LightGBM's threads would wait for one another
os.environ["OMP_NUM_THREADS"] = "1"

# machines are shared and noisy, so no deadline; CI looks at the same examples each time
settings.register_profile("clearclaim", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("clearclaim")


class _ByWhatTheyShare(LoadScopeScheduling):
    """Keeps tests in one test process that share what takes long to make.

    The integration tests of one folder share a server, a training or a cluster; the tests of one file of the simulator
    share worlds. Not by xdist's own groups: with pytest 9.2, xdist 3.8 loses their marks without a word.
    """

    def _split_scope(self, nodeid):
        file = PurePosixPath(nodeid.split("::")[0])
        if "integration" in file.parts:
            return str(file.parent)
        return str(file) if "simulate" in file.parts else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Deal tests out to processes."""
    return _ByWhatTheyShare(config, log)
