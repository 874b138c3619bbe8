"""`clearclaim`: what operators type, what they are told, and what a mistake changes (nothing)."""

import os
import socket
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from features.event_file import from_events, read_events, write_events
from features.events import Event
from features.parity import check_parity
from features.plan import default_plan
from features.store import Store
from features.store.schema import EVENT, HISTORY, MEETING, PICTURE, PICTURE_BAND, STORE_INFO
from serving.cli import main
from serving.policy import default_policy_path, read_policy
from tests.integration.service.running_service import COMMAND, environment_of, free_port
from tests.unit.serving.claims import DAY_MS, NOW_MS, make_claim
from training.simulate import SimulationConfig, simulate

Run = Callable[..., Result]


class ServingStartedError(Exception):
    """Stands in for the service, which would take the place of the tests."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in an empty folder, with no settings but those given."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CLEARCLAIM_")]:
        monkeypatch.delenv(name)

    def started(*_: object) -> None:
        raise ServingStartedError

    monkeypatch.setattr(os, "execv", started)

    def run_(*arguments: str, **settings: str) -> Result:
        return CliRunner().invoke(main, arguments, env=settings)

    return run_


def assert_refused(result: Result, *words: str) -> None:
    """One line that says what is wrong, exit code 1, and no trace."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    lines = [line for line in result.stderr.splitlines() if not line.startswith("  ")]  # those are steps of long work
    assert len(lines) == 1
    assert lines[0].startswith("Error: ")
    for word in words:
        assert word in lines[0]


@pytest.fixture(scope="module")
def recorded() -> list[Event]:
    """A few buyers' claims, some at the same moment."""
    moments = [NOW_MS + step * DAY_MS for step in (0, 0, 1, 1, 5)]
    return [make_claim(f"C{number}").filed_event(moment) for number, moment in enumerate(moments)]


@pytest.fixture
def event_file(recorded: list[Event], tmp_path: Path) -> Path:
    file = tmp_path / "events.parquet"
    write_events(from_events(recorded), file)
    return file


STORE = "sqlite:///store.db"


TABLES = (EVENT, HISTORY, MEETING, PICTURE, PICTURE_BAND, STORE_INFO)


def contents(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that the store in a folder holds, in the order of each table's key."""
    store = Store.open(f"sqlite:///{folder / 'store.db'}", default_plan())
    with store.reading() as connection:
        rows = {table.name: connection.execute(table.select().order_by(*table.primary_key)).all() for table in TABLES}
    store.close()
    return {name: [tuple(row) for row in each] for name, each in rows.items()}


# --- help


def test_command_is_installed_and_shows_its_help(tmp_path: Path) -> None:
    """The name that the documentation uses is there after installation."""
    done = subprocess.run(
        [COMMAND, "--help"], env=environment_of(tmp_path), capture_output=True, text=True, check=True, timeout=60
    )
    for name in main.commands:
        assert name in done.stdout


# --- serve


def test_serve_with_good_settings_starts_bentoml(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks before the start let a good setting pass."""
    calls: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, command: calls.append(command))
    port = str(free_port())
    result = run("serve", "--port", port, CLEARCLAIM_MODEL="nosuchmodel:latest")
    assert result.exit_code == 0
    assert "no model nosuchmodel:latest: every claim will go to a person" in result.stderr
    assert calls[0][1:] == [
        *("-m", "bentoml", "serve", "serving.service:ClearclaimService"),
        *("--host", "127.0.0.1", "--port", port),
    ]


def test_serve_names_a_variable_that_is_no_setting_and_starts(run: Run) -> None:
    """Who mistypes the key that hashes ids must hear of it before people's ids are stored as they come."""
    result = run("serve", "--port", str(free_port()), CLEARCLAIM_ID_KYE="k" * 40, CLEARCLAIM_PORT="tcp://10.0.0.1:3000")
    assert isinstance(result.exception, ServingStartedError)
    assert "CLEARCLAIM_ID_KYE: no setting has this name" in result.stderr
    assert "CLEARCLAIM_PORT" not in result.stderr


@pytest.mark.parametrize(("arguments", "workers"), [((), "3"), (("--workers", "2"), "2")])
def test_serve_with_workers_hands_their_number_on(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], workers: str
) -> None:
    """What is typed goes before what is set; the service's processes find it in their environment."""
    monkeypatch.setenv("CLEARCLAIM_WORKERS", "3")
    found: list[str] = []
    monkeypatch.setattr(os, "execv", lambda *_: found.append(os.environ["CLEARCLAIM_WORKERS"]))
    result = run("serve", "--port", str(free_port()), *arguments, CLEARCLAIM_WORKERS="3")
    assert (result.exit_code, found) == (0, [workers])


BAD_SETTINGS = {
    "policy missing": ({"CLEARCLAIM_POLICY": "nowhere.toml"}, ["nowhere.toml", "can't be read"]),
    "policy mistyped": ({"CLEARCLAIM_POLICY": "mistyped.toml"}, ["mistyped.toml", "costs.review_cost", "did you mean"]),
    "clock": ({"CLEARCLAIM_CLOCK": "noon"}, ["CLEARCLAIM_CLOCK", "'noon'", "wall, filing"]),
    "store folder": ({"CLEARCLAIM_STORE": "sqlite:////nowhere/at/all.db"}, ["nowhere/at/all.db", "can't be opened"]),
    "store URL": ({"CLEARCLAIM_STORE": "store.db"}, ["store.db", "URL"]),
    "store empty": ({"CLEARCLAIM_STORE": ""}, ["URL"]),
    "store of another kind": ({"CLEARCLAIM_STORE": "mysql://host/shop"}, ["mysql", "SQLite and PostgreSQL"]),
    "store of an unknown kind": ({"CLEARCLAIM_STORE": "cupboard://host/shop"}, ["cupboard"]),
    "store no database": ({"CLEARCLAIM_STORE": "sqlite:///mistyped.toml"}, ["mistyped.toml", "can't be opened"]),
    "store of another layout": ({"CLEARCLAIM_STORE": "sqlite:///other.db"}, ["clearclaim history rebuild"]),
    "workers": ({"CLEARCLAIM_WORKERS": "many"}, ["CLEARCLAIM_WORKERS", "'many'", "whole number"]),
    "model tag": ({"CLEARCLAIM_MODEL": "Not A Tag"}, ["Not A Tag"]),
}


@pytest.mark.parametrize("case", BAD_SETTINGS)
def test_serve_with_a_bad_setting_is_refused_before_it_starts(run: Run, tmp_path: Path, case: str) -> None:
    """No restart loop, no trace: one line that says what to mend."""
    mistyped = default_policy_path().read_text(encoding="utf-8").replace("review_cost_minor", "review_cost_minr", 1)
    (tmp_path / "mistyped.toml").write_text(mistyped, encoding="utf-8")
    other = Store.open(f"sqlite:///{tmp_path / 'other.db'}", replace(default_plan(), layout_hash="another"))
    other.close()
    settings, words = BAD_SETTINGS[case]
    assert_refused(run("serve", **settings), *words)


@pytest.mark.parametrize("login", ["", "ann:secret@"])
def test_serve_starts_though_the_stores_server_is_down(run: Run, monkeypatch: pytest.MonkeyPatch, login: str) -> None:
    """Claims are to go to people then, and not to nobody; it is said in a line that shows no password."""
    started: list[str] = []
    monkeypatch.setattr(os, "execv", lambda path, _: started.append(path))
    url = f"postgresql://{login}127.0.0.1:1/shop"
    result = run("serve", "--port", str(free_port()), CLEARCLAIM_STORE=url)
    assert (result.exit_code, len(started)) == (0, 1)
    [line] = [line for line in result.stderr.splitlines() if "127.0.0.1:1" in line]
    assert "can't be reached: Connection refused)" in line
    assert "the service starts" in line
    assert "secret" not in line


def test_serve_on_a_port_in_use_is_refused(run: Run) -> None:
    """The commonest mistake of all is told in one line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert_refused(run("serve", "--port", str(port)), f"127.0.0.1:{port}", "--port")


def test_serve_with_a_bad_setting_says_so_in_one_line_in_a_shell(tmp_path: Path) -> None:
    """The same through the installed command, with its streams and its exit code."""
    environment = environment_of(tmp_path, CLEARCLAIM_CLOCK="noon", CLEARCLAIM_STORE=f"sqlite:///{tmp_path / 'x.db'}")
    done = subprocess.run([COMMAND, "serve"], env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: CLEARCLAIM_CLOCK: is 'noon'; use one of wall, filing, or leave it unset\n"


# --- policy check


def test_policy_check_without_a_file_checks_the_policy_in_force(run: Run, tmp_path: Path) -> None:
    """The one that the settings name, or else the shipped one."""
    result = run("policy", "check")
    assert result.exit_code == 0
    assert str(default_policy_path()) in result.stdout
    assert "CNY" in result.stdout
    own = tmp_path / "own.toml"
    own.write_text(default_policy_path().read_text(encoding="utf-8").replace('"CNY"', '"EUR"'), encoding="utf-8")
    assert "EUR" in run("policy", "check", CLEARCLAIM_POLICY=str(own)).stdout


def test_policy_check_of_a_good_file_prints_its_version(run: Run, tmp_path: Path) -> None:
    """The version is the one that answers will name."""
    own = tmp_path / "own.toml"
    own.write_text(default_policy_path().read_text(encoding="utf-8"), encoding="utf-8")
    result = run("policy", "check", str(own))
    assert result.exit_code == 0
    assert f"version {read_policy(own).version}" in result.stdout


@pytest.mark.parametrize(
    ("text", "word"), [("", "missing"), ("currency = ", "not TOML"), ("curency = 'CNY'", "did you mean currency?")]
)
def test_policy_check_of_a_bad_file_names_the_mistake(run: Run, tmp_path: Path, text: str, word: str) -> None:
    """Found before it is in force."""
    bad = tmp_path / "bad.toml"
    bad.write_text(text, encoding="utf-8")
    assert_refused(run("policy", "check", str(bad)), str(bad), word)


# --- events


def test_events_exported_are_those_imported(run: Run, event_file: Path, recorded: list[Event], tmp_path: Path) -> None:
    """A store's events can be taken elsewhere, whole."""
    result = run("events", "import", str(event_file), "--store", STORE)
    assert result.exit_code == 0
    assert result.stdout.startswith("5 new events, 0 known already, ")
    assert run("events", "export", "out/copy.parquet", "--store", STORE).exit_code == 0
    assert read_events(tmp_path / "out" / "copy.parquet").equals(from_events(recorded))


def test_events_imported_again_change_nothing(run: Run, event_file: Path, tmp_path: Path) -> None:
    """An import that was cut off may be repeated."""
    run("events", "import", str(event_file), "--store", STORE)
    before = contents(tmp_path)
    result = run("events", "import", str(event_file), "--store", STORE)
    assert result.exit_code == 0
    assert result.stdout == "0 new events, 5 known already, 0 rows of history\n"
    assert contents(tmp_path) == before


def broken_files(folder: Path, good: list[Event]) -> dict[str, tuple[Path, list[str]]]:
    """Files that can't be imported after the good events, and what the refusal says."""
    later = replace(good[-1], event_id="later", claim_id="C9", known_at_ms=NOW_MS + 9 * DAY_MS)
    behind = replace(later, event_id="behind", known_at_ms=NOW_MS - DAY_MS)
    changed = replace(good[0], amount_minor=1)
    files = {name: folder / f"{name}.parquet" for name in ("behind", "changed", "cut")}
    write_events(from_events([later, behind]), files["behind"])
    write_events(from_events([later, changed]), files["changed"])
    write_events(from_events([later]), files["cut"])
    files["cut"].write_bytes(files["cut"].read_bytes()[:-100])
    text = folder / "text.parquet"
    text.write_text("event_id,kind\n", encoding="utf-8")
    return {
        "missing": (folder / "nowhere.parquet", ["no such file"]),
        "no Parquet": (text, ["not a Parquet file"]),
        "cut short": (files["cut"], ["not a Parquet file"]),
        "behind what is known": (files["behind"], ["behind", "history already reaches"]),
        "an id with other content": (files["changed"], ["claim_filed:C0", "amount_minor"]),
    }


@pytest.mark.parametrize(
    "case", ["missing", "no Parquet", "cut short", "behind what is known", "an id with other content"]
)
def test_events_of_a_broken_file_leave_the_store_unchanged(
    run: Run, event_file: Path, recorded: list[Event], tmp_path: Path, case: str
) -> None:
    """All or none: not even the good events of a bad file are taken."""
    run("events", "import", str(event_file), "--store", STORE)
    before = contents(tmp_path)
    file, words = broken_files(tmp_path, recorded)[case]
    assert_refused(run("events", "import", str(file), "--store", STORE), *words)
    assert contents(tmp_path) == before


# --- history


def test_history_rebuilt_is_the_history_that_was(run: Run, event_file: Path, tmp_path: Path) -> None:
    """Everything but the log can be made again, byte for byte; also after the catalogue has changed."""
    run("events", "import", str(event_file), "--store", STORE)
    before = contents(tmp_path)
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", default_plan())
    with store.writing() as connection:
        connection.execute(HISTORY.update().values(known_at_ms=HISTORY.c.known_at_ms - 1))
        connection.execute(STORE_INFO.update().where(STORE_INFO.c.name == "layout_hash").values(value="another"))
    store.close()
    result = run("history", "rebuild", "--store", STORE)
    assert result.exit_code == 0
    assert result.stdout == f"{len(before['history'])} rows of history\n"
    assert contents(tmp_path) == before


# --- replay


def test_replay_plays_claims_into_a_new_store(run: Run, tmp_path: Path) -> None:
    """What it played is counted, by action, and what it logged is what training would compute."""
    write_events(simulate(SimulationConfig(orders=150, days=200, end_ms=NOW_MS)).events, tmp_path / "world.parquet")
    result = run("replay", "world.parquet", "--claims", "6", "--store", STORE, CLEARCLAIM_MODEL="nosuchmodel:latest")
    assert result.exit_code == 0
    assert result.stdout == "6 claims played: 6 manual_review\n"
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", default_plan())
    parity = check_parity(store)
    store.close()
    assert (parity.claims, parity.holds) == (6, True)


def test_replay_into_a_used_store_is_refused(run: Run, event_file: Path, tmp_path: Path) -> None:
    """A shop's own store is never mixed with a play."""
    run("events", "import", str(event_file), "--store", STORE)
    before = contents(tmp_path)
    assert_refused(run("replay", str(event_file), "--store", STORE), STORE, "holds events already")
    assert contents(tmp_path) == before


def test_replay_of_a_file_without_claims_is_refused(run: Run, recorded: list[Event], tmp_path: Path) -> None:
    """The message says what is missing."""
    nameless = [replace(event, buyer_id=None) for event in recorded]
    write_events(from_events(nameless), tmp_path / "nameless.parquet")
    assert_refused(run("replay", "nameless.parquet", "--store", STORE), "no claim with a buyer")
