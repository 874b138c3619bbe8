"""What looks for traces of a crash finds them: each is made on purpose here."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from features.plan import default_plan
from features.store import Store
from serving.answer import Answer
from serving.claim_desk import ClaimDesk
from serving.clock import CLOCKS
from serving.policy import default_policy_path, read_policy
from tests.integration.robust.evidence import complaints
from tests.integration.robust.mutations import mutants
from tests.unit.serving.claims import claim_content, make_claim

Spoil = Callable[[Path, dict[str, Answer]], None]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def told(file: Path) -> dict[str, Answer]:
    """Answers to a few claims of one buyer, all in the store."""
    store = Store.open(f"sqlite:///{file}", default_plan())
    desk = ClaimDesk(store, read_policy(default_policy_path()), None, CLOCKS["wall"]())
    answers = {claim_id: desk.score(make_claim(claim_id)) for claim_id in ("C1", "C2", "C3")}
    store.close()
    return answers


def does(*statements: str) -> Spoil:
    """Changes rows behind the store's back."""

    def spoil(file: Path, _: dict[str, Answer]) -> None:
        engine = sa.create_engine(f"sqlite:///{file}")
        with engine.begin() as connection:
            for statement in statements:
                assert connection.execute(sa.text(statement)).rowcount > 0
        engine.dispose()

    return spoil


def tells_of_another(_: Path, told: dict[str, Answer]) -> None:
    told["C9"] = told["C1"].model_copy(update={"claim_id": "C9"})


def tells_otherwise(_: Path, told: dict[str, Answer]) -> None:
    told["C1"] = told["C1"].model_copy(update={"action": "auto_approve"})


SPOILT: dict[str, tuple[Spoil, str]] = {
    "an answer lost": (tells_of_another, "1 answers that were given are not in the ledger"),
    "an answer changed": (tells_otherwise, "1 decisions aren't what was answered"),
    "no decision": (does("DELETE FROM decision WHERE claim_id = 'C2'"), "1 claims lack a decision"),
    "no filing": (does("DELETE FROM event WHERE event_id = 'claim_filed:C2'"), "lack an event claim_filed"),
    "a decision's event twice": (
        does("UPDATE event SET kind = 'claim_decided', claim_id = 'C2' WHERE event_id = 'claim_decided:C1'"),
        "1 claims have an event claim_decided twice",
    ),
    "a row of history lost": (
        does("DELETE FROM history WHERE known_at_ms = (SELECT max(known_at_ms) FROM history)"),
        "the history isn't what a rebuild from the log gives",
    ),
    "another vector": (
        does("UPDATE vector SET vector = (SELECT vector FROM vector WHERE claim_id = 'C1') WHERE claim_id = 'C3'"),
        "vectors that were served differ",
    ),
}


def test_store_that_kept_everything_gives_no_complaint(file: Path, told: dict[str, Answer]) -> None:
    """Whole claims, as they were answered."""
    assert complaints(file, told) == []


@pytest.mark.parametrize("case", SPOILT)
def test_store_that_was_spoilt_gives_a_complaint(file: Path, told: dict[str, Answer], case: str) -> None:
    """Lost, changed, in part or twice: none of it stays hidden."""
    spoil, said = SPOILT[case]
    spoil(file, told)
    assert said in " ".join(complaints(file, told))


def test_claim_without_a_vector_is_in_part_unless_the_store_could_not_be_asked(
    file: Path, told: dict[str, Answer]
) -> None:
    """These answers are degraded, as there was no model; a plain one must have its vector."""
    does("DELETE FROM vector WHERE claim_id = 'C3'")(file, told)
    assert complaints(file, told) == []
    does("UPDATE decision SET answer = json_set(answer, '$.degraded', json('false'))")(file, told)
    plain = {claim_id: answer.model_copy(update={"degraded": False}) for claim_id, answer in told.items()}
    assert complaints(file, plain) == ["1 claims lack a vector: ['C3']"]


def test_mutated_bodies_are_the_same_ones_each_time() -> None:
    """A body that once broke something can be made again."""
    first, again = (list(mutants(lambda n: claim_content(f"C{n}"), 500, "seed", 1_000)) for _ in range(2))
    assert first == again
    assert len({each.made_by for each in first}) > 12
