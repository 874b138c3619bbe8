"""`clearclaim policy` and `clearclaim lists`: what operators type to keep rules and lists."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from features.event_file import from_events, write_events
from features.plan import default_plan
from features.store import Store
from serving.cli import main
from serving.policy import default_policy_path, read_policy
from tests.unit.serving.claims import NOW_MS, make_claim

Run = Callable[..., Result]
STORE = "sqlite:///store.db"
CONTRADICTION = """
[[rules]]
id = "odd"
date = 2026-02-01
priority = 60
when = 'claim.amount_minor < 10 && claim.amount_minor > 90'
then.force = "manual_review"

[[rules]]
id = "no_advance"
date = 2026-02-01
priority = 60
when = 'claim.type == "repair"'
then.forbid = "pre_payment_compensation"
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in an empty folder, with no settings but those given."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CLEARCLAIM_")]:
        monkeypatch.delenv(name)
    return lambda *arguments, **settings: CliRunner().invoke(main, arguments, env=settings)


@pytest.fixture
def store(tmp_path: Path) -> str:
    """An empty store's URL."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    Store.open(url, default_plan()).close()
    return url


def assert_refused(result: Result, line: str) -> None:
    """This one line, exit code 1, and no trace."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, result.stderr) == (1, f"Error: {line}\n")


# --- policy


def test_policy_init_copies_the_shipped_policy_once(run: Run, tmp_path: Path) -> None:
    """With its comments; and what somebody has edited is never overwritten."""
    result = run("policy", "init")
    assert (result.exit_code, result.stdout.partition(":")[0]) == (0, "policy.toml")
    assert (tmp_path / "policy.toml").read_bytes() == default_policy_path().read_bytes()
    (tmp_path / "policy.toml").write_text("mine", encoding="utf-8")
    assert_refused(run("policy", "init"), "policy.toml: is there already; name another file, or move it away")
    assert (tmp_path / "policy.toml").read_text(encoding="utf-8") == "mine"


def test_policy_init_copies_the_policy_of_a_currency(run: Run, tmp_path: Path) -> None:
    """Any that comes with the package; others are refused, and nothing is written."""
    assert run("policy", "init", "pounds.toml", "--currency", "GBP").exit_code == 0
    assert read_policy(tmp_path / "pounds.toml").currency == "GBP"
    assert_refused(
        run("policy", "init", "other.toml", "--currency", "EUR"),
        "EUR: no policy comes with this currency; use one of CNY, GBP",
    )
    assert_refused(
        run("policy", "init", "no/where.toml"),
        "no/where.toml: can't be written (No such file or directory); name another file",
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pounds.toml"]


def test_policy_check_counts_rules(run: Run) -> None:
    """What holds is told with version, currency and number of rules."""
    policy = read_policy(default_policy_path())
    result = run("policy", "check")
    assert (
        result.stdout == f"{default_policy_path()}: holds, version {policy.version}, CNY, {len(policy.rules)} rules\n"
    )


def test_policy_check_prints_all_that_is_odd_and_fails(run: Run, tmp_path: Path) -> None:
    """Errors first, a line each; the exit code is for machines."""
    bad = tmp_path / "bad.toml"
    bad.write_text(default_policy_path().read_text(encoding="utf-8") + CONTRADICTION, encoding="utf-8")
    result = run("policy", "check", "bad.toml")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["bad.toml"] * len(lines)
    assert lines[0].startswith("bad.toml: error: rules.trusted_merchant_advance: forces pre_payment_compensation, and ")
    assert lines[1].startswith("bad.toml: error: rules.odd.when: never fires: ")
    assert len(lines) == 2
    # the service takes no policy with a contradiction
    refused = run("serve", CLEARCLAIM_POLICY="bad.toml")
    assert refused.exit_code == 1
    assert "no_advance forbids it, and both can fire on one claim at priority 60" in refused.stderr


def test_policy_check_with_a_warning_passes(run: Run, tmp_path: Path) -> None:
    """What may be meant is told, and holds."""
    text = default_policy_path().read_text(encoding="utf-8").replace("[lists]", '[lists]\nforgotten = "buyer"')
    (tmp_path / "odd.toml").write_text(text, encoding="utf-8")
    result = run("policy", "check", "odd.toml")
    assert result.exit_code == 0
    first, last = result.stdout.splitlines()
    assert first == "odd.toml: warning: lists.forgotten: no rule asks this list; take it out, or ask it in a rule"
    assert "holds" in last


def test_policy_check_reads_a_stores_categories(run: Run, tmp_path: Path) -> None:
    """A store that can be read is looked at; one that isn't there is named."""
    events = [make_claim("C1", order={"category_id": "toys"}).filed_event(NOW_MS)]
    write_events(from_events(events), tmp_path / "events.parquet")
    assert run("events", "import", "events.parquet", "--store", STORE).exit_code == 0
    assert run("policy", "check", "--store", STORE).exit_code == 0
    missing = run("policy", "check", "--store", "sqlite:///nowhere.db")
    assert missing.exit_code == 1
    assert "nowhere.db" in missing.stderr


def test_policy_fields_lists_all_that_rules_can_ask(run: Run) -> None:
    """Facts, columns of the catalogue, and the lists of the policy."""
    lines = run("policy", "fields").stdout.splitlines()
    first = {line.split()[0] for line in lines}
    assert {
        "claim.amount_minor",
        "order.delivered",
        "buyer.orders_365d",
        "costs.auto_approve",
        "lists.vip_buyers",
    } <= first


# --- lists


def test_list_members_are_added_shown_and_removed(run: Run, store: str, tmp_path: Path) -> None:
    """With author, note and last day; members may come from a file."""
    (tmp_path / "more.txt").write_text("B2\n\n  B3 \n", encoding="utf-8")
    added = run(
        *("lists", "add", "vip_buyers", "B1", "--from-file", "more.txt", "--by", "ann"),
        *("--until", "2099-06-30", "--note", "good customers", "--store", store),
    )
    assert (added.exit_code, added.stdout) == (0, "vip_buyers: 3 added, 0 on it already\n")
    removed = run("lists", "remove", "vip_buyers", "B2", "B9", "--by", "bob", "--store", store)
    assert removed.stdout == "vip_buyers: 1 removed, 1 not on it\n"
    lines = run("lists", "show", "vip_buyers", "--store", store).stdout.splitlines()
    assert [line.split()[:2] for line in lines[:-1]] == [["vip_buyers", "B1"], ["vip_buyers", "B3"]]
    assert lines[0].endswith("by ann  until 2099-06-30  good customers")
    assert lines[-1] == "2 entries"


def test_expired_entries_are_marked(run: Run, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They stay on show until somebody removes them, and say that they don't count."""
    monkeypatch.setattr("serving.clock.now_ms", lambda: NOW_MS)
    add = ("lists", "add", "trusted_merchants", "M1", "--by", "ann", "--until", "2025-01-01", "--store", store)
    assert run(*add).exit_code == 0
    assert "EXPIRED" not in run("lists", "show", "--store", store).stdout
    monkeypatch.undo()
    monkeypatch.setattr("serving.clock.now_ms", lambda: NOW_MS + 86_400_000)
    shown = run("lists", "show", "--store", store).stdout
    assert shown.startswith("trusted_merchants  M1  since 2025-01-01 by ann  until 2025-01-01  EXPIRED\n")


REFUSED = {
    "name": (("vip_buyer", "B1"), "vip_buyer: no list of the policy in force; did you mean vip_buyers?"),
    "no list": (
        ("enemies", "B1"),
        (
            "enemies: no list of the policy in force; it has blocked_evidence, trusted_merchants, vip_buyers; "
            "declare it under [lists]"
        ),
    ),
    "nobody": (("vip_buyers",), "no members; name some, or a file of them with --from-file"),
    "kind": (
        ("blocked_evidence", "B1"),
        "member of a list of kind evidence is 'B1'; a picture's hash is 16 lower-case hex digits",
    ),
    "id": (
        ("vip_buyers", "B" * 129),
        f"member of a list of kind buyer is '{'B' * 59}; an id is 1 to 128 printable characters",
    ),
    "day": (
        ("vip_buyers", "B1", "--until", "soon"),
        "--until: is 'soon', which is no day; write one such as 2027-06-30",
    ),
    "past": (
        ("vip_buyers", "B1", "--until", "2020-01-01"),
        "--until: 2020-01-01 is over; name a day to come, or leave it out",
    ),
    "author": (("vip_buyers", "B1", "--by", " "), "--by: is empty; name who says so"),
    "file": (
        ("vip_buyers", "--from-file", "no.txt"),
        "no.txt: no such file; name one with one member a line",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_list_entry_that_cant_be_is_refused_and_nothing_is_added(run: Run, store: str, case: str) -> None:
    """One line that says what to do; all members are added or none."""
    arguments, line = REFUSED[case]
    assert_refused(run("lists", "add", "--by", "ann", "--store", store, *arguments), line)
    assert run("lists", "show", "--store", store).stdout == "0 entries\n"
