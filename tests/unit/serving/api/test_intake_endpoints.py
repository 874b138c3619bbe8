"""Events, verdicts, claims and policy cards over HTTP: from a request to the store and back, in the API's shapes."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias
from unittest.mock import Mock

import pytest
import sqlalchemy as sa
from starlette.types import Message

from features.plan import default_plan
from features.store import Store
from serving.access.start import open_admission
from serving.api.edge import Door, Edge
from serving.api.guard import Guard
from serving.api.office import Office
from serving.api.openapi import describe
from serving.api.table import ENDPOINTS
from serving.cases.appealing import PartyDesk
from serving.claim_desk import ClaimDesk
from serving.counter import Counter
from serving.intake.adjudicating import AdjudicationDesk
from serving.intake.event_desk import EventDesk
from serving.intake.sent_event import MOST_EVENTS
from serving.policy import default_policy_path, read_policy
from serving.settings import Settings
from serving.spool import Spool
from tests.unit.serving.claims import claim_content

Ask: TypeAlias = Callable[..., tuple[int, Any]]

EXAMPLES = {endpoint.path: endpoint.example for endpoint in ENDPOINTS if endpoint.example is not None}
VERDICT = {"adjudication_id": "a1", "claim_id": "C1", "verdict": "legitimate"}


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Send a request through the edge; give status and parsed body."""
    path: Path = tmp_path_factory.mktemp("service") / "service.db"
    settings = Settings.from_environment({"CLEARCLAIM_STORE": f"sqlite:///{path}"})
    store = Store.open(settings.store_url, default_plan())
    door, adjudications, policy = Door(), AdjudicationDesk(store), read_policy(default_policy_path())
    desk = ClaimDesk(store, policy, None, settings.clock)
    spool = Spool(path.with_name("spool"))
    door.office = Office(
        settings=settings,
        endpoints=ENDPOINTS,
        store=store,
        desk=desk,
        counter=Counter(desk, spool, lambda _: None, time.monotonic),
        spool=spool,
        metrics=Mock(),
        after_claim=Mock(),
        access_log=Mock(),
        guard=Guard(open_admission("off", store, 1)),
        explainer=Mock(),
        events=EventDesk(store),
        adjudications=adjudications,
        parties=PartyDesk(store, adjudications, lambda: policy),
    )
    edge = Edge(_no_app, door=door, endpoints=ENDPOINTS)
    yield lambda method, target, content=None: asyncio.run(_ask(edge, method, target, content))
    store.close()


async def _no_app(*_: object) -> None:
    raise AssertionError("nothing goes on to BentoML's application")


async def _ask(edge: Edge, method: str, target: str, content: object) -> tuple[int, Any]:
    path, _, query = target.partition("?")
    sent: list[Message] = []
    body = content if isinstance(content, bytes) else json.dumps(content).encode()

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": method, "raw_path": path.encode(), "query_string": query.encode()}
    await edge({**scope, "headers": headers}, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


def fields_of(content: Any) -> list[str]:
    """The fields that an error names."""
    return [each["field"] for each in content["error"]["fields"]]


def test_examples_are_answered_in_the_order_of_the_page(ask: Ask) -> None:
    """A fresh service takes a claim, its events and a verdict, as the page shows them."""
    for path in ("/v1/score", "/v1/events", "/v1/adjudicate"):
        assert ask("POST", path, EXAMPLES[path])[0] == 200
    status, claim = ask("GET", "/v1/claims/example-1")
    assert (status, claim["state"]) == (200, "adjudicated")
    assert claim["case"]["adjudications"][0]["note"] == EXAMPLES["/v1/adjudicate"]["note"]
    assert [entry["kind"] for entry in claim["timeline"]] == ["claim_filed", "claim_decided", "claim_adjudicated"]
    for path in ("/v1/claims/{claim_id}/appeals", "/v1/claims/{claim_id}/evidence"):
        assert ask("POST", path.replace("{claim_id}", "example-1"), EXAMPLES[path])[0] == 200


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("/v1/decisions?limit=1&aftr=x", "is no parameter; use one of after, limit"),
        ("/v1/alarms?since=0", "is no parameter; use one of after"),
        ("/v1/claims/A1?full=1", "is no parameter"),
    ],
)
def test_parameter_that_there_is_not_is_named(ask: Ask, target: str, reason: str) -> None:
    """Who mistypes a cursor's name would read the first page for ever."""
    status, content = ask("GET", target)
    assert (status, content["error"]["code"]) == (400, "invalid_request")
    name = target.rpartition("?")[2].rpartition("&")[2].partition("=")[0]
    assert content["error"]["fields"] == [{"field": name, "reason": reason}]


def test_appeal_is_opened_once_and_shown_with_its_claim(ask: Ask) -> None:
    """Against nothing it is refused; the same one again is found, another one must wait."""
    ask("POST", "/v1/score", claim_content("A1"))
    appeal = {"appeal_id": "p1", "party": "buyer", "kind": "mediation", "text": "I sent back what I got."}
    path = "/v1/claims/A1/appeals"
    assert ask("POST", "/v1/claims/A9/appeals", appeal)[1]["error"]["code"] == "unknown_claim"
    assert ask("POST", path, appeal)[1]["error"]["code"] == "nothing_to_appeal"
    ask("POST", "/v1/adjudicate", {"adjudication_id": "v1", "claim_id": "A1", "verdict": "abusive"})
    status, opened = ask("POST", path, appeal)
    assert (status, opened["kind"], opened["replayed"]) == (200, "mediation", False)
    assert ask("POST", path, appeal) == (200, {**opened, "replayed": True})
    assert ask("POST", path, {**appeal, "text": "Something else."})[1]["error"]["code"] == "appeal_conflict"
    assert ask("POST", path, {**appeal, "appeal_id": "p2"})[1]["error"]["code"] == "appeal_open"
    assert fields_of(ask("POST", path, {**appeal, "text": "short"})[1]) == ["text"]
    claim = ask("GET", "/v1/claims/A1")[1]
    assert claim["state"] == "adjudicated"
    assert claim["appeal"] == {"kind": "mediation", "party": "buyer", "since_ms": opened["opened_at_ms"]}


def test_evidence_that_nobody_waits_for_is_not_kept(ask: Ask) -> None:
    """The answer says so: it names no case."""
    ask("POST", "/v1/score", claim_content("A2"))
    brought = {"text": "A picture of the cup."}
    taken = {"claim_id": "A2", "case_numbers": [], "replayed": False}
    assert ask("POST", "/v1/claims/A2/evidence", brought) == (200, taken)
    assert ask("POST", "/v1/claims/A9/evidence", brought)[0] == 404


def test_events_are_counted_and_taken_once(ask: Ask) -> None:
    """New ones and known ones."""
    order = {**EXAMPLES["/v1/events"]["events"][0], "event_id": "e1"}
    assert ask("POST", "/v1/events", {"events": [order]})[1].items() >= {"taken": 1, "known": 0}.items()
    assert ask("POST", "/v1/events", {"events": [order]}) == (200, {"taken": 0, "known": 1, "known_at_ms": None})


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (b"{", ["body"]),
        ([], ["body"]),
        ({"events": []}, ["events"]),
        ({"events": [{}] * (MOST_EVENTS + 1)}, ["events"]),
        ({"events": [{"kind": "feedback_given", "event_id": "e"}]}, ["events.0.claim_id", "events.0.rating"]),
        ({"events": [{"kind": "return_shipped", "event_id": "e", "claim_id": "none"}]}, ["events.0.claim_id"]),
    ],
)
def test_events_that_are_wrong_are_named(ask: Ask, content: object, fields: list[str]) -> None:
    """In the one shape of errors, by their place in the call."""
    status, answer = ask("POST", "/v1/events", content)
    assert (status, answer["error"]["code"], fields_of(answer)) == (400, "invalid_request", fields)


def test_event_of_another_content_is_a_conflict(ask: Ask) -> None:
    """Named by its place and field."""
    order = {**EXAMPLES["/v1/events"]["events"][0], "event_id": "e2"}
    ask("POST", "/v1/events", {"events": [order]})
    status, answer = ask("POST", "/v1/events", {"events": [{**order, "quantity": 2}]})
    assert (status, answer["error"]["code"], fields_of(answer)) == (409, "event_conflict", ["events.0.quantity"])


def test_verdict_is_recorded_once_and_never_changed(ask: Ask) -> None:
    """Unknown claims and other contents are told apart."""
    ask("POST", "/v1/score", claim_content("C1"))
    status, first = ask("POST", "/v1/adjudicate", VERDICT)
    assert (status, first["replayed"], first["source"]) == (200, False, "reviewer")
    assert ask("POST", "/v1/adjudicate", VERDICT)[1] == {**first, "replayed": True}
    assert ask("POST", "/v1/adjudicate", {**VERDICT, "verdict": "abusive"})[0] == 409
    assert ask("POST", "/v1/adjudicate", {**VERDICT, "adjudication_id": "a2", "claim_id": "none"})[0] == 404
    # or a ruling of the console that is to be released under it never could be
    assert ask("POST", "/v1/adjudicate", {**VERDICT, "adjudication_id": "console-case-1-3"})[0] == 409
    status, answer = ask("POST", "/v1/adjudicate", {**VERDICT, "source": "platform", "reviewer_id": "ann"})
    assert (status, sorted(fields_of(answer))) == (400, ["reviewer_id", "source"])


@pytest.mark.parametrize("claim_id", ["none", "a%00b", "%F0%9F", "x" * 300, "%2F%2F"])
def test_claim_that_is_not_on_record_is_not_found(ask: Ask, claim_id: str) -> None:
    """Whatever stands in the path."""
    status, answer = ask("GET", f"/v1/claims/{claim_id}")
    assert (status, answer["error"]["code"]) == (404, "unknown_claim")


def test_policy_card_is_in_the_language_that_is_asked_for(ask: Ask) -> None:
    """And in the policy's own where none is."""
    assert ask("GET", "/v1/policy_card/electronics?language=en")[1]["sections"][3]["title"] == "Warranty"
    assert ask("GET", "/v1/policy_card/electronics")[1]["sections"][3]["title"] == "质保"
    assert fields_of(ask("GET", "/v1/policy_card/electronics?language=de")[1]) == ["language"]
    assert fields_of(ask("GET", "/v1/policy_card/a%0Ab")[1]) == ["category"]


def test_store_that_fails_is_asked_again_later(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the store's own complaint comes out, and the caller hears when to come again."""

    def fails(*_: object, **__: object) -> None:
        raise sa.exc.OperationalError("SELECT secrets", {}, Exception("locked"))

    monkeypatch.setattr(EventDesk, "take_body", fails)
    monkeypatch.setattr(AdjudicationDesk, "record", fails)
    for read in ("claims.find_claim", "alarms.read_alarms", "decisions.read_decisions", "scorecard.scorecard_of"):
        monkeypatch.setattr(f"serving.api.{read}", fails)
    monkeypatch.setattr("serving.api.scorecard._is_worked_out", lambda _: True)
    for method, target, content in (
        ("POST", "/v1/events", EXAMPLES["/v1/events"]),
        ("POST", "/v1/adjudicate", VERDICT),
        ("GET", "/v1/claims/C1", None),
        ("GET", "/v1/alarms", None),
        ("GET", "/v1/decisions", None),
        ("GET", "/v1/merchants/M1/scorecard", None),
    ):
        status, answer = ask(method, target, content)
        assert (status, answer["error"]["code"]) == (503, "unavailable")
        assert "secrets" not in str(answer)


def test_description_names_every_field_of_every_kind_of_event() -> None:
    """A program can be made from it."""
    schemas = describe(ENDPOINTS)["components"]["schemas"]
    assert len(schemas["EventBatch"]["properties"]["events"]["items"]["oneOf"]) == 11
    assert schemas["ClaimFiled"]["additionalProperties"] is False
