"""`clearclaim reviewers` writes what training reads."""

from click.testing import CliRunner

from serving.cli import main
from serving.clock import now_ms
from tests.unit.serving.cases.quality.worlds import make_store, write_cases
from training.labels.measured import read_reviewers


def run(*words):
    return CliRunner().invoke(main, ["reviewers", *map(str, words)])


def test_reviewers_command_writes_a_file_that_training_takes(tmp_path):
    """From gold cases of a store to rates by name."""
    store = make_store(tmp_path / "shop.db")
    yesterday = now_ms() - 86_400_000
    golds = [{"kind": "gold", "known": "legitimate", "ruled_by": "ann", "opened_at_ms": yesterday} for _ in range(30)]
    write_cases(store, golds)
    store.close()
    out = tmp_path / "reviewers.json"
    done = run("--store", f"sqlite:///{tmp_path / 'shop.db'}", "--out", out)
    assert (done.exit_code, done.output) == (0, f"{out}: written\n")
    sensitivity, specificity = read_reviewers(out).rates["ann"]
    assert specificity > 0.98
    assert 0.8 < sensitivity < 0.95


def test_reviewers_command_without_gold_cases_says_what_to_do(tmp_path):
    """In one line, and writes nothing."""
    make_store(tmp_path / "shop.db").close()
    out = tmp_path / "reviewers.json"
    done = run("--store", f"sqlite:///{tmp_path / 'shop.db'}", "--out", out)
    assert done.exit_code == 1
    assert "gold_share" in done.output
    assert not out.exists()
