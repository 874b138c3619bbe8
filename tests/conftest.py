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
    """Keeps tests in one test process that share what takes long to make, in the order in which they were collected.

    The integration tests of one folder share a server, a training or a cluster; the tests of one file share worlds and
    models. Not by xdist's own groups: with pytest 9.2, xdist 3.8 loses their marks without a word.
    """

    def __init__(self, config, log):
        config.option.loadscopereorder = False  # by number of tests; what takes longest has few
        super().__init__(config, log)

    def _split_scope(self, nodeid):
        file = PurePosixPath(nodeid.split("::")[0])
        return str(file.parent if _is_integration(file) else file)


def _is_integration(file):
    return "integration" in file.parts


def pytest_collection_modifyitems(items):
    """Put first what waits for servers and browsers: at the end of a run a long piece would leave a processor idle."""
    items.sort(key=lambda item: not _is_integration(PurePosixPath(item.nodeid.split("::")[0])))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Deal tests out to processes."""
    return _ByWhatTheyShare(config, log)


class _FailuresAtOnce:
    """Tells a failure when it happens: a run that is ended from outside never gets to its summary."""

    def __init__(self, terminal):
        self._terminal = terminal

    def pytest_runtest_logreport(self, report):
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            why = (crash.message if crash else str(report.longrepr)).partition("\n")[0]
            self._terminal.write(f"\n{report.nodeid} failed ({report.when}): {why}\n")


@pytest.hookimpl(trylast=True)  # after the terminal's own
def pytest_configure(config):
    """Add it where the run is told of, which the processes that it is dealt out to don't."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_FailuresAtOnce(terminal))
