"""Who works on the console in tests, and what is waiting for them."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.compute as pc

from features.event_file import read_events, write_events
from features.events import Event
from features.plan import default_plan
from serving.bundle import BundleContents
from serving.policy import default_policy_path
from serving.replay import claim_of, is_scorable, split_before_last
from tests.integration.service.running_service import COMMAND, RunningService, environment_of
from training.dataset import SplitConfig
from training.evaluation.config import EvaluationConfig
from training.model.gradient_boosting import BoostingConfig
from training.simulate import SimulationConfig, write_world
from training.train import TrainingConfig, train

ROLES = {"ann": "reviewer", "bob": "reviewer", "sue": "senior", "aud": "auditor", "ada": "administrator"}
# of people who don't exist, and of nobody
PASSWORD, WRONG_PASSWORD = "seven green bottles on a wall", "not this one, surely"
CASES = 60
CLAIMS = 90  # of the last ones in the world; enough of them go to a person
LARGE_MINOR = 30_000  # above this, two people rule
KEPT_FOR_NEXT = 8  # the first of the queue, which "next case" gives out
OPENED_SECONDS = 60
# So that a test knows what comes: no case is drawn for a measurement. Those have tests of their own.
POLICY_CHANGES = {
    "reasons_after_look_share": "0.0",
    "reasons_never_share": "0.0",
    "gold_share": "0.0",
    "double_share": "0.0",
    "second_person_above_minor": str(LARGE_MINOR),
}


@dataclass
class Work:
    """A running service with people and cases; each test takes cases that no other test has."""

    service: RunningService
    store: Path
    _given: set[int] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"{self.service.url}/console"

    def asked(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the store itself."""
        with closing(sqlite3.connect(self.store, timeout=10)) as connection:
            return connection.execute(query, values).fetchall()

    def change(self, statement: str, *values: Any) -> None:
        """Change the store itself, where a test can't wait for time to pass."""
        with closing(sqlite3.connect(self.store, timeout=10)) as connection, connection:
            connection.execute(statement, values)

    def new_case(self, *, large: bool = False) -> int:
        """A waiting review that no other test has had: of a small amount, or of one that takes two people."""
        rows = self.asked(
            "SELECT number FROM review_case WHERE kind = 'review' AND state = 'waiting' AND lane = 'anyone' "
            "AND (amount_minor > ?) = ? ORDER BY due_ms, number",
            LARGE_MINOR,
            large,
        )[0 if large else KEPT_FOR_NEXT :]
        number = next(number for (number,) in rows if number not in self._given)
        self._given.add(number)
        return number

    def standing(self, number: int) -> tuple[str, str, str | None]:
        """State, lane and who has it."""
        (row,) = self.asked("SELECT state, lane, assigned_to FROM review_case WHERE number = ?", number)
        return row

    def empty_hands(self) -> None:
        """Give back what a test has left in somebody's hands: a person has one case at a time."""
        self.change(
            "UPDATE review_case SET state = 'waiting', assigned_to = NULL, lease_until_ms = NULL, "
            "version = version + 1 WHERE state = 'assigned'"
        )

    def claim_of(self, number: int) -> str:
        """The claim of a case."""
        return str(self.asked("SELECT claim_id FROM review_case WHERE number = ?", number)[0][0])


def write_policy(folder: Path) -> Path:
    """The shipped policy without cases that are drawn for a measurement."""
    lines = []
    for line in default_policy_path().read_text(encoding="utf-8").splitlines():
        name = line.partition("=")[0].strip(" #")
        lines.append(f"{name} = {POLICY_CHANGES[name]}" if name in POLICY_CHANGES and "=" in line else line)
    path = folder / "policy.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@dataclass(frozen=True)
class Market:
    """A small simulated marketplace that ends now: its events, and its last claims, which are yet to be filed."""

    before: pa.Table
    filed: list[Event]

    def champion(self) -> BundleContents:
        """A model of what happened before."""
        quick = TrainingConfig(
            SplitConfig(gap_days=45), BoostingConfig(rounds=40), evaluation=EvaluationConfig(replicates=10)
        )
        return train(self.before, default_plan(), quick).bundle


def draw_market(folder: Path) -> Market:
    """Simulate the marketplace; its files lie in the folder."""
    world = read_events(write_world(SimulationConfig(orders=20_000, days=400, seed=3), folder / "world").events_path)
    split = split_before_last(_until_now(world), CLAIMS)
    return Market(split.before, [event for event in split.after if is_scorable(event)][:CLAIMS])


def fill_store(folder: Path, store: Path, home: Path, market: Market) -> None:
    """Import what happened before, and add people, as an operator would."""
    write_events(market.before, folder / "history.parquet")
    _run(home, "events", "import", folder / "history.parquet", "--store", f"sqlite:///{store}")
    password = folder / "password.txt"
    password.write_text(PASSWORD + "\n")
    password.chmod(0o600)
    for name, role in ROLES.items():
        options = ("--role", role, "--password-file", password, "--store", f"sqlite:///{store}")
        _run(home, "users", "add", name, *options)


def file_claims(client: httpx.Client, filed: list[Event]) -> None:
    """Send the claims as the platform would; every second buyer asks for a person, so that enough have one."""
    for number, event in enumerate(filed):
        claim = claim_of(event).model_dump(mode="json", exclude_none=True)
        answer = client.post("/v1/score", json={**claim, "human_requested": number % 2 == 0})
        assert answer.status_code == httpx.codes.OK, answer.text


def wait_for_cases(work: Work) -> None:
    """Until what went to a person is open as cases."""
    (expected,) = work.asked("SELECT count(*) FROM decision WHERE action = 'manual_review'")[0]
    assert expected >= CASES, f"only {expected} claims went to a person"
    deadline = time.monotonic() + OPENED_SECONDS
    while (opened := work.asked("SELECT count(*) FROM review_case WHERE kind = 'review'")[0][0]) < expected:
        assert time.monotonic() < deadline, f"{opened} cases are open of {expected}"
        time.sleep(0.1)


def _until_now(events: pa.Table) -> pa.Table:
    """The same events, moved in time so that the last of them became known a moment ago."""
    moved = int(time.time() * 1000) - 60_000 - pc.max(events["known_at_ms"]).as_py()
    for place, name in enumerate(events.column_names):
        if name.endswith("_at_ms"):
            events = events.set_column(place, name, pc.add(events[name], moved))
    return events


def _run(home: Path, *arguments: str | Path) -> None:
    done = subprocess.run(
        [COMMAND, *arguments], env=environment_of(home), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, f"clearclaim {arguments[0]} {arguments[1]}: {done.stderr}"
