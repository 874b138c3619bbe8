"""The first ten minutes: what `make demo` runs, on a smaller marketplace."""

import os
import re
import socket
import subprocess
import sys

import pytest

from features.catalog import reasons
from features.definition import Reason


def run_demo(folder, **settings):
    """The demo's output and exit code, run in a folder of its own."""
    environment = {**os.environ, "DEMO_ONCE": "1", **settings}
    return subprocess.run(
        [sys.executable, "-m", "serving.demo"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return run_demo(tmp_path_factory.mktemp("demo"), ORDERS="20000")


def test_demo_from_nothing_ends_well(demo):
    """Every step works in an empty folder, and the demo stops by itself when it is asked to."""
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert "the demo took" in demo.stdout


def test_demo_shows_decisions_with_reasons_in_both_languages(demo):
    """The table shows what was decided and why."""
    assert "auto_approve" in demo.stdout
    assert "manual_review" in demo.stdout
    texts = [reason.text for reason in vars(reasons).values() if isinstance(reason, Reason)]
    assert any(text.en in demo.stdout for text in texts)
    assert any(text.zh in demo.stdout for text in texts)


def test_demo_shows_that_the_service_and_the_batch_engine_agree(demo):
    """The demo ends with the count that every user should see once."""
    assert "300 vectors" in demo.stdout
    assert " 0 mismatches" in demo.stdout


def test_demo_writes_the_report_of_a_quarter_with_claims(demo):
    """The last whole quarter of the simulated history, and not the one before today."""
    assert re.search(
        r"^report.html: 20[0-9]{2}Q[1-4]; targets: (?!0 met, 0 missed)[0-9]+ met", demo.stdout, re.MULTILINE
    )


def test_demo_leaves_no_server_behind(demo):
    """What it started it stopped: nobody listens at the address that it named."""
    port = int(demo.stdout.split("starting the service at http://127.0.0.1:")[1].split()[0])
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def test_demo_with_data_but_no_mapping_says_what_is_missing(tmp_path):
    """Half a setting is told at once, in one line."""
    done = run_demo(tmp_path, DATA="shop.parquet")
    assert done.returncode == 1
    assert done.stderr == "Error: DATA and MAPPING go together: a file, and a mapping's path or shipped name\n"
