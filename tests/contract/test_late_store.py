"""A store that is away when a service starts: what is asked of it, what waits for it, and what it may not be."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from features.plan import default_plan
from features.store import Store, StoreError
from features.store.address import cannot_open
from features.store.errors import StoreAwayError
from serving.access.admission import Admission
from serving.access.callers import Caller, Refusal
from serving.access.id_key import agree_on_id_key
from serving.access.key_ring import KeyRing, StoredKeys
from serving.access.pseudonyms import Pseudonyms
from serving.claim_desk import Answered, ClaimDesk
from serving.clock import SteadyClock
from serving.counter import Counter, fold
from serving.late_store import LateStore, StoreOpener
from serving.lists import LIST_ENTRY, LISTS_METADATA
from serving.policy import default_policy_path, read_policy
from serving.spool import Spool
from tests.integration.service.running_service import make_key_in
from tests.unit.serving.claims import make_claim

SECONDS = 10
PLATFORM = frozenset({"platform"})


class Late(LateStore):
    """A store whose server a test keeps away."""

    is_away = True

    def _knock(self) -> None:
        if self.is_away:
            raise ConnectionRefusedError(111, "Connection refused")


@pytest.fixture
def late(new_postgres_url: Callable[[], str]) -> Iterator[Late]:
    """A store that was never made, on a server that is away."""
    store = Late.at(new_postgres_url(), default_plan())
    assert isinstance(store, Late)
    yield store
    store.close()


def url_of(store: Store) -> str:
    return store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def test_store_on_every_database_is_open_from_its_first_try(url: str) -> None:
    """Then it does all at once, as any store."""
    store = LateStore.at(url, default_plan())
    store.try_to_open()
    done: list[str] = []
    store.once_open(lambda: done.append("at once"))
    store.create(LISTS_METADATA)
    store.refuse_other_layout()
    with store.reading() as connection:
        assert connection.execute(sa.select(LIST_ENTRY)).all() == []
    assert (done, store.is_open) == (["at once"], True)
    store.close()


def test_store_that_is_away_fails_at_once_and_does_later_what_was_put_off(late: Late) -> None:
    """In the order in which it was asked for, and nothing is asked of it before all is done."""
    done: list[str] = []
    with pytest.raises(StoreAwayError, match=r"can't be reached: Connection refused\); check the URL and the server"):
        late.try_to_open()
    late.once_open(lambda: done.append("first"))
    late.create(LISTS_METADATA)
    late.once_open(lambda: done.append("then"))
    for transaction in (late.reading, late.writing):
        with pytest.raises(StoreAwayError, match="isn't open yet"), transaction():
            pass
    assert (done, late.is_open) == ([], False)
    late.is_away = False
    late.try_to_open()
    with late.reading() as connection:
        assert connection.execute(sa.select(LIST_ENTRY)).all() == []
    assert (done, late.is_open) == (["first", "then"], True)


def test_nobody_else_gets_in_while_it_is_being_opened(late: Late) -> None:
    """A claim that comes then would meet tables that nobody has looked at yet."""
    found: list[Exception] = []

    def look() -> None:
        try:
            with late.reading():
                pass
        except StoreError as error:
            found.append(error)

    def step() -> None:
        with late.reading():
            pass
        other = Thread(target=look)
        other.start()
        other.join()

    late.once_open(step)
    late.is_away = False
    late.try_to_open()
    assert [type(error) for error in found] == [StoreAwayError]


def test_failure_on_the_way_leaves_it_closed_and_the_next_try_does_all_again(late: Late) -> None:
    """A server that goes away again half way through."""
    done: list[int] = []

    def step() -> None:
        done.append(len(done))
        if len(done) == 1:
            raise sa.exc.OperationalError("SELECT 1", {}, ConnectionResetError(104, "reset"))

    late.once_open(step)
    late.is_away = False
    with pytest.raises(StoreAwayError):
        late.try_to_open()
    assert not late.is_open
    late.try_to_open()
    assert (done, late.is_open) == ([0, 1], True)


def test_claims_wait_in_the_spool_until_the_store_is_open(late: Late, tmp_path: Path) -> None:
    """A desk and a counter can be made without it, and what they answered comes into it once."""
    desk = ClaimDesk(late, read_policy(default_policy_path()), None, SteadyClock())
    spool = Spool(tmp_path / "spool")
    counter = Counter(desk, spool, lambda _: None, lambda: 0.0)
    [result] = counter.decide([desk.prepare(make_claim("C1"))])
    assert isinstance(result, Answered)
    assert '"degraded":true' in result.body
    assert (counter.store_fails, spool.count()) == (True, 1)
    late.is_away = False
    late.try_to_open()
    assert (fold(desk, spool), fold(desk, spool), spool.count()) == (1, 0, 0)
    again = Counter(desk, spool, lambda _: None, lambda: 0.0)
    [repeated] = again.decide([desk.prepare(make_claim("C1"))])
    assert isinstance(repeated, Answered)
    assert '"replayed":true' in repeated.body
    assert not again.store_fails


def test_nobody_is_let_in_while_the_keys_were_never_read(late: Late) -> None:
    """Neither who has a good key, nor who has none: who they are can't be told. Then each as ever."""
    key = make_key_in(url_of(late), "shop")
    ring = KeyRing(StoredKeys(late))
    admission = Admission(ring)
    for header in (f"Bearer {key}", "Bearer cc_x", None):
        refused = admission.admit(header, "127.0.0.1", PLATFORM)
        assert isinstance(refused, Refusal)
        assert (refused.reason, refused.wait_seconds) == ("keys_out_of_reach", 2.0)
    late.is_away = False
    late.try_to_open()
    ring.refresh()
    admitted = admission.admit(f"Bearer {key}", "127.0.0.1", PLATFORM)
    assert isinstance(admitted, Caller)
    assert admitted.name == "shop"


@pytest.mark.parametrize("wrong", ["layout", "id key"])
def test_store_that_turns_out_to_be_another_is_told_once_and_not_tried_again(late: Late, wrong: str) -> None:
    """Its message is that of a start."""
    other = default_plan() if wrong == "id key" else replace(default_plan(), layout_hash="another")
    with_key = Store.open(url_of(late), other)
    agree_on_id_key(with_key, Pseudonyms(b"k" * 32) if wrong == "id key" else None)
    with_key.close()
    late.once_open(lambda: agree_on_id_key(late, None))
    late.refuse_other_layout()
    late.is_away = False
    told: list[StoreError] = []
    over = Event()

    def refused(error: StoreError) -> None:
        told.append(error)
        over.set()

    opener = StoreOpener(late, refused, Random(1))
    opener.start()
    assert over.wait(SECONDS)
    opener.stop()
    [error] = told
    assert not isinstance(error, StoreAwayError)
    assert ("its ids are hashed" if wrong == "id key" else "clearclaim history rebuild") in str(error)
    assert not late.is_open


def test_opener_tries_until_the_server_is_there(late: Late) -> None:
    """And stops then."""
    opened, refused = Event(), list[StoreError]()
    tried = Event()
    knock = late._knock

    def noting() -> None:
        try:
            knock()
        finally:
            tried.set()

    late._knock = noting  # type: ignore[method-assign]
    late.once_open(opened.set)
    opener = StoreOpener(late, refused.append, Random(1))
    opener.start()
    assert tried.wait(SECONDS)
    assert not late.is_open
    late.is_away = False
    assert opened.wait(SECONDS)
    opener.stop()
    assert (late.is_open, refused) == (True, [])


SAID = [
    ({"C": "57P03", "M": "the database system is starting up"}, True),
    ({"C": "53300", "M": "sorry, too many clients already"}, True),
    ({"C": "55P03", "M": "canceling statement due to lock timeout"}, True),
    ({"C": "28P01", "M": "password authentication failed"}, False),
    ("network error", True),
    ("Server refuses SSL", False),
]


@pytest.mark.parametrize(("said", "may_pass"), SAID)
def test_server_that_cannot_now_is_told_from_one_that_will_not(said: object, may_pass: bool) -> None:
    """What may pass is tried again; what can't is an error at once."""
    error = cannot_open(sa.make_url("postgresql://ann@host/shop"), sa.exc.InterfaceError("", {}, Exception(said)))
    assert isinstance(error, StoreAwayError) == may_pass
    assert f"({said['M'] if isinstance(said, dict) else said})" in str(error)


def test_wrong_url_is_an_error_at_once_and_a_server_that_is_down_is_not(new_postgres_url: Callable[[], str]) -> None:
    """Of a database that isn't there the server says so; of a port on which nobody listens nobody says anything."""
    typo = sa.make_url(new_postgres_url()).set(database="typo").render_as_string()
    for url, may_pass in ((typo, False), ("postgresql://ann@127.0.0.1:1/shop", True)):
        store = LateStore.at(url, default_plan())
        with pytest.raises(StoreError, match="can't be opened") as caught:
            store.try_to_open()
        assert isinstance(caught.value, StoreAwayError) == may_pass
        store.close()


@pytest.mark.parametrize(("number", "may_pass"), [(socket.EAI_NONAME, False), (socket.EAI_AGAIN, True)])
def test_host_that_nobody_knows_is_an_error_unless_nobody_can_be_asked(
    number: int, may_pass: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistyped name won't be known later, either; a name server that is down will be up again."""

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(number, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    store = LateStore.at("postgresql://ann:secret@shop.example/shop", default_plan())
    with pytest.raises(StoreError, match=r"\*\*\*@shop\.example/shop: .*can't be reached: no answer\)") as caught:
        store.try_to_open()
    assert isinstance(caught.value, StoreAwayError) == may_pass
    assert "secret" not in str(caught.value)
