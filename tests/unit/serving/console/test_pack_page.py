"""A case's page gives the pack of its claim to who may have it, and to nobody who could learn too early from it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest

from features.plan import Plan
from features.store import Store
from serving.cases.case import find_case
from serving.console.page import Page, PageReply
from serving.console.pages import pack
from serving.console.rendering import render
from serving.console.visit import ConsoleDesk, Person, Visit
from serving.evidence_pack.tables import Making, makings_of_claim, record_making
from serving.explaining.explain import Explainer
from serving.model import Model
from tests.unit.serving.console.visiting import desk_of, visitor
from tests.unit.serving.evidence_pack.packing import PEOPLE, put_on_record, rule_on
from tests.unit.serving.explained import Models

ANN, BOB = PEOPLE
CLOSED = 1


@pytest.fixture(scope="module")
def desk(plan: Plan, champion: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleDesk]:
    """A desk on a store with one claim, whose case (1) ann and bob ruled on, and which is closed."""
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('page') / 'store.db'}", plan)
    put_on_record(store, champion)
    models = Models(champion)
    yield desk_of(store, explainer=Explainer(store, models), models=models)
    store.close()


def test_pack_is_a_file_with_a_safe_name_and_its_hash(desk: ConsoleDesk) -> None:
    """What is downloaded is what is on record, in the language and for the audience that were asked for."""
    reply = visitor(desk, pack.PAGES, "vera", "auditor").get(
        f"/console/cases/{CLOSED}/pack?audience=buyer&language=zh-CN"
    )
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/zip"
    assert reply.headers["content-disposition"] == 'attachment; filename="evidence-C1-buyer.zip"'
    with zipfile.ZipFile(io.BytesIO(reply.content)) as packed:
        assert 'lang="zh-CN"' in packed.read("index.html").decode()
    with desk.store.reading() as connection:
        making = makings_of_claim(connection, "C1")[0]
    assert making.manifest_hash == reply.headers["x-clearclaim-manifest-sha256"]
    assert (making.made_by, making.role, making.audience, making.language) == ("vera", "auditor", "buyer", "zh-CN")


@pytest.mark.parametrize(
    ("who", "role", "status"),
    [
        (ANN, "reviewer", 200),
        (BOB, "reviewer", 200),
        ("zoe", "reviewer", 403),
        ("sam", "senior", 200),
        ("vera", "auditor", 200),
        ("adam", "administrator", 403),
    ],
)
def test_closed_case_gives_its_pack_to_who_ruled_and_who_oversees(
    desk: ConsoleDesk, who: str, role: str, status: int
) -> None:
    """A reviewer gets only packs of cases that they ruled on."""
    assert visitor(desk, pack.PAGES, who, role).get(f"/console/cases/{CLOSED}/pack").status_code == status  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "until", "who", "role", "status"),
    [
        ("review", "taken", ANN, "reviewer", 409),
        ("gold", "taken", ANN, "reviewer", 409),
        ("double", "taken", ANN, "reviewer", 409),
        ("review", "opened", "sam", "senior", 409),
        ("gold", "opened", "sam", "senior", 409),
        ("review", "proposed", ANN, "reviewer", 409),
        ("review", "proposed", "vera", "auditor", 409),
        ("gold", "opened", "vera", "auditor", 409),
        ("review", "seconded", BOB, "reviewer", 409),
        ("review", "opened", "vera", "auditor", 200),
        ("mediation", "opened", "sam", "senior", 200),
        ("appeal", "taken", "sam", "senior", 200),
    ],
)
def test_open_case_gives_no_pack_to_who_could_learn_from_it(
    desk: ConsoleDesk, champion: Model, kind: str, until: str, who: str, role: str, status: int
) -> None:
    """Who rules is refused alike for review, gold and double, so that the refusal tells nothing."""
    claim_id = "C1" if kind != "review" else f"C {until} {role}"  # a claim has one review
    if kind == "review":
        put_on_record(desk.store, champion, claim_id, with_case=False)
    number = rule_on(desk.store, claim_id, kind, until=until)  # type: ignore[arg-type]
    reply = visitor(desk, pack.PAGES, who, role).get(f"/console/cases/{number}/pack")  # type: ignore[arg-type]
    assert reply.status_code == status


def test_who_holds_a_blind_case_gets_no_pack_through_another_case(desk: ConsoleDesk, champion: Model) -> None:
    """The claim is the same, so what it would tell is."""
    put_on_record(desk.store, champion, "C7")
    with desk.store.reading() as connection:
        closed = max(case.number for case in pack.cases_of_claim(connection, "C7"))
    reviewer = visitor(desk, pack.PAGES, ANN, "reviewer")
    assert reviewer.get(f"/console/cases/{closed}/pack").status_code == 200
    rule_on(desk.store, "C7", "double", until="taken")
    assert reviewer.get(f"/console/cases/{closed}/pack").status_code == 409


def test_proposed_ruling_of_an_appeal_is_in_no_pack_for_who_may_rule(desk: ConsoleDesk, champion: Model) -> None:
    """Neither by the appeal nor by the review before it, until it is closed: anybody may be the second person."""
    put_on_record(desk.store, champion, "C9")
    with desk.store.reading() as connection:
        closed = max(case.number for case in pack.cases_of_claim(connection, "C9"))
    appeal = rule_on(desk.store, "C9", "appeal", until="proposed")
    for who, role in ((BOB, "reviewer"), ("sam", "senior")):
        for number in (appeal, closed):
            reply = visitor(desk, pack.PAGES, who, role).get(f"/console/cases/{number}/pack")  # type: ignore[arg-type]
            assert reply.status_code in {403, 409}


@pytest.mark.parametrize(
    ("path", "status"), [("/console/cases/4040/pack", 404), (f"/console/cases/{CLOSED}/pack?audience=press", 422)]
)
def test_pack_that_there_is_not_is_refused_in_words(desk: ConsoleDesk, path: str, status: int) -> None:
    """It is a page that says what to do, and nothing is put on record."""
    with desk.store.reading() as connection:
        before = makings_of_claim(connection, "C1")
    reply = visitor(desk, pack.PAGES, "sam", "senior").get(path)
    assert (reply.status_code, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")
    with desk.store.reading() as connection:
        assert makings_of_claim(connection, "C1") == before


def test_links_show_packs_made_and_their_hashes(desk: ConsoleDesk, champion: Model) -> None:
    """Who gets a pack sees who took one before; who gets none has no links; who must wait is told so."""

    def show(visit: Visit) -> PageReply:
        with desk.store.reading() as connection:
            case = find_case(connection, int(visit.values["number"]))
            assert case is not None
            return render(visit, "pack_link.html", pack_link=pack.pack_link(connection, case, visit.who))

    pages = (*pack.PAGES, Page("GET", "/links/{number}", show, None))
    senior = visitor(desk, pages, "sam", "senior")
    made = senior.get(f"/console/cases/{CLOSED}/pack").headers["x-clearclaim-manifest-sha256"]
    links = senior.get(f"/console/links/{CLOSED}").text
    assert made in links
    assert f'href="/console/cases/{CLOSED}/pack?audience=merchant&amp;language=en"' in links
    assert visitor(desk, pages, "zoe", "reviewer").get(f"/console/links/{CLOSED}").text.strip() == ""
    put_on_record(desk.store, champion, "C8", with_case=False)
    number = rule_on(desk.store, "C8", "review", until="taken")
    waits = visitor(desk, pages, ANN, "reviewer").get(f"/console/links/{number}").text
    assert "can be made once its case is closed" in waits
    assert "<a " not in waits


def test_pack_from_before_a_case_is_not_named_to_who_ruled_on_it(desk: ConsoleDesk, champion: Model) -> None:
    """A claim that has just come in has none, so by one a gold case or a double would be known."""
    put_on_record(desk.store, champion, "C10", with_case=False)
    number = rule_on(desk.store, "C10", "gold")
    with desk.store.writing() as connection:
        case = find_case(connection, number)
        assert case is not None
        old = {"claim_id": "C10", "made_by": "vera", "role": "auditor", "audience": "court", "language": "en"}
        made = Making(**old, made_at_ms=case.opened_at_ms - 1, manifest_hash="0" * 64, zip_bytes=1)  # type: ignore[arg-type]
        record_making(connection, made)
    for who, role, seen in ((BOB, "reviewer", 0), ("sam", "senior", 0), ("vera", "auditor", 1)):
        with desk.store.reading() as connection:
            link = pack.pack_link(connection, case, Person(who, role))  # type: ignore[arg-type]
        assert link is not None
        assert len(link.made) == seen
