"""`clearclaim policy diff` and `policy backtest`, as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from features.plan import Plan
from features.store import Store
from serving.cli import main
from serving.policy import default_policy_path
from tests.unit.serving.policy_compare.past_claims import CONSENT, past
from tests.unit.serving.policy_compare.stores import entry_of, fill, ruling


@pytest.fixture
def url(store: Store) -> str:
    """A store with forty decisions over twenty days, half of them reviewed and found out; one is of before facts."""
    cases = [
        past(
            number,
            amount_minor=2_000 + 100 * number,
            probability=0.02 if number % 2 else 0.5,
            day=number // 2,
            then="auto_approve" if number % 2 else "manual_review",
            authority=CONSENT,
            audit_chance=0.5 if number % 2 else None,
            audited=number % 4 == 1,
        )
        for number in range(40)
    ]
    found = [
        ruling(each, "abusive" if n % 3 else "legitimate", "audit", 50) for n, each in enumerate(cases) if n % 4 != 3
    ]
    fill(store, [*map(entry_of, cases), entry_of(past(99), facts=None)], found)
    return f"sqlite:///{store.engine.url.database}"


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    path = tmp_path / "stricter.toml"
    text = (
        default_policy_path()
        .read_text()
        .replace("auto_approve_up_to_minor = 100000", "auto_approve_up_to_minor = 3000")
    )
    path.write_text(text)
    return path


def ask(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["policy", *map(str, arguments)])


def test_diff_command_compares_with_the_policy_in_force(url: str, stricter: Path, tmp_path: Path) -> None:
    """B left out is the policy in force; the page and the JSON say the same."""
    out = tmp_path / "found" / "diff.json"
    done = ask("diff", stricter, "--store", url, "--examples", 1, "--json", out)
    assert done.exit_code == 0, done.output
    told = json.loads(out.read_text())
    assert told["claims"] == 40
    assert told["read"]["without_facts"] == 1
    assert told["settings"] == [{"key": "actions.auto_approve_up_to_minor", "a": "3000", "b": "100000"}]
    assert f"{told['changed']['claims']} of 40 decisions change" in done.output
    assert told["changed"]["claims"] == 15  # those of even numbers go to a person anyway, up to 30.00 none changes
    assert "1 more were recorded before facts were kept" in done.output


def test_diff_command_of_the_policy_with_itself_says_that_nothing_changes(url: str) -> None:
    """And ends well: it is an answer, no mistake."""
    done = ask("diff", "-", "-", "--store", url)
    assert done.exit_code == 0, done.output
    assert "nothing changes: both decide all 40 claims alike" in done.output


def test_diff_command_looks_only_at_the_days_asked_for(url: str, stricter: Path) -> None:
    """Days are those of the policy's time zone; the last one is left out."""
    done = ask("diff", stricter, "--store", url, "--from", "2025-01-11", "--to", "2025-01-13")
    assert "of 4 decisions change" in done.output
    nothing = ask("diff", stricter, "--store", url, "--from", "2030-01-01")
    assert nothing.exit_code == 0
    assert "no past decision to judge again" in nothing.output


@pytest.mark.parametrize("price", ["recorded", "follow"])
def test_backtest_command_tells_both_estimates(url: str, tmp_path: Path, price: str) -> None:
    """By the model, and by what was found out with known chances."""
    out = tmp_path / "backtest.json"
    done = ask("backtest", "--store", url, "--json", out, "--price", price, "--mature-days", 10)
    assert done.exit_code == 0, done.output
    told = json.loads(out.read_text())
    assert told["policy"]["approved"] + told["policy"]["reviewed"] == 40
    assert told["by_findings"]["looked_at"] == 30
    assert "30 findings stand for 40 claims of 40" in done.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("diff", "missing.toml"), "missing.toml: can't be read"),
        (("diff", "-", "--from", "2025-02-01", "--to", "2025-01-01"), "--to 2025-01-01 is not after"),
        (("backtest", "missing.toml"), "missing.toml: can't be read"),
    ],
)
def test_command_with_bad_input_says_what_in_one_line(url: str, arguments: tuple[str, ...], says: str) -> None:
    """No trace, exit code 1."""
    done = ask(*arguments, "--store", url)
    assert done.exit_code == 1
    assert says in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_policies_of_two_currencies_are_not_compared(url: str) -> None:
    """A sum of fen and pence is nothing."""
    done = ask("diff", "-", default_policy_path().with_name("trial_gbp.toml"), "--store", url)
    assert done.exit_code == 1
    assert "compare policies of one currency" in done.output


def test_store_without_decisions_is_an_answer(tmp_path: Path, plan: Plan) -> None:
    """A store that was only imported into has none: said, exit code 0."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    Store.open(url, plan).close()
    for command in ("diff", "backtest"):
        done = ask(command, "-", "--store", url)
        assert done.exit_code == 0, done.output
        assert "no past decision to judge again" in done.output
