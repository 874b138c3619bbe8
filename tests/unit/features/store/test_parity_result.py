"""What `clearclaim-train parity` leaves in a store."""

from contextlib import closing
from pathlib import Path

from click.testing import CliRunner

from features.parity import Parity, result_of
from features.plan import default_plan
from features.store import Store
from features.store.check_results import last_check
from training.cli import main


def test_parity_leaves_its_result_in_the_store_unless_it_is_told_not_to(tmp_path: Path) -> None:
    """A store without vectors has nothing that differs."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    with closing(Store.open(url, default_plan())) as store:
        for words, left in ((["--no-record"], None), ([], "holds")):
            run = CliRunner().invoke(main, ["parity", "--store", url, *words])
            assert run.exit_code == 0, run.output
            with store.reading() as connection:
                found = last_check(connection, store, "parity")
            assert (None if found is None else found.verdict) == left


def test_each_value_and_each_missing_claim_is_a_finding() -> None:
    """So that the page can say how many there are."""
    found = result_of(Parity(10, 200, {"one": 2, "other": 3}, ("gone",)), 7)
    assert (found.verdict, found.findings, found.at_ms) == ("differs", 6, 7)
    assert result_of(Parity(10, 200, {}, ()), 7).verdict == "holds"
