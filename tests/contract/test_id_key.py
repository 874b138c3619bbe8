"""A store whose ids are hashed: with one key from its first event on, through imports, exports and lists."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from features.event_file import from_events, write_events
from features.events import Event
from features.store import Store, StoreError
from features.store.bulk import import_events
from features.store.log import read_log
from serving.access.id_key import agree_on_id_key
from serving.access.pseudonyms import Pseudonyms
from serving.cli import main
from serving.lists import LISTS_METADATA, add_members
from tests.contract.stores import contents
from tests.unit.serving.claims import NOW_MS

KEY, OTHER_KEY = "k" * 32, "o" * 32
PSEUDONYMS, OTHERS = Pseudonyms(KEY.encode()), Pseudonyms(OTHER_KEY.encode())


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `clearclaim` with arguments, with a key or without."""

    def run_(*arguments: object, key: str | None = KEY) -> Result:
        if key is None:
            monkeypatch.delenv("CLEARCLAIM_ID_KEY", raising=False)
        else:
            monkeypatch.setenv("CLEARCLAIM_ID_KEY", key)
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return run_


@pytest.fixture
def file(tmp_path: Path, history: Sequence[Event]) -> Path:
    """A file of events with plain ids."""
    write_events(from_events(list(history)), tmp_path / "events.parquet")
    return tmp_path / "events.parquet"


def buyers_in(store: Store) -> set[str | None]:
    with store.reading() as connection:
        return set(read_log(connection)["buyer_id"].to_pylist())


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        (None, PSEUDONYMS, "its ids are stored as they came, and CLEARCLAIM_ID_KEY is set; unset it, or export"),
        (PSEUDONYMS, None, "its ids are hashed; set CLEARCLAIM_ID_KEY to the key that it was made with"),
        (PSEUDONYMS, OTHERS, "its ids were hashed with another key; set CLEARCLAIM_ID_KEY to the one that it"),
    ],
    ids=["none, then a key", "a key, then none", "another key"],
)
def test_store_is_refused_with_another_key_than_it_was_made_with(
    url: str, open_store: Callable[..., Store], first: Any, then: Any, said: str
) -> None:
    """Half of a buyer's history under another name would be lost without a word."""
    agree_on_id_key(open_store(url), first)
    agree_on_id_key(open_store(url), first)
    with pytest.raises(StoreError) as caught:
        agree_on_id_key(open_store(url), then)
    assert said in str(caught.value)
    assert KEY not in str(caught.value)
    agree_on_id_key(open_store(url), first)


def test_store_with_events_of_before_there_were_keys_takes_none_up(store: Store, history: Sequence[Event]) -> None:
    """Its ids are plain, and stay so."""
    import_events(store, from_events(list(history)), "history")
    with pytest.raises(StoreError, match="stored as they came"):
        agree_on_id_key(store, PSEUDONYMS)
    agree_on_id_key(store, None)


def test_store_with_plain_buyers_on_a_list_takes_no_key_up(store: Store) -> None:
    """A list of plain ids would match nobody; one of merchants matters to no key."""
    store.create(LISTS_METADATA)
    with store.writing() as connection:
        add_members(connection, "trusted", "merchant", ["M1"], now_ms=NOW_MS, author="ann")
        add_members(connection, "vip", "buyer", ["B1"], now_ms=NOW_MS, author="ann")
    with pytest.raises(StoreError, match="stored as they came"):
        agree_on_id_key(store, PSEUDONYMS)


def test_imported_ids_are_hashed_and_an_export_comes_back_as_it_was(
    run: Callable[..., Result], url: str, other_url: str, open_store: Callable[..., Store], file: Path, tmp_path: Path
) -> None:
    """Into one store and out of it into another: the same pseudonyms, the same history."""
    result = run("events", "import", file, "--store", url, "--part-events", 3)
    assert "8 new events" in result.output, result.output
    assert buyers_in(open_store(url)) == {None, *(PSEUDONYMS.of("buyer", name) for name in ("ann", "bob"))}
    copy = tmp_path / "copy.ndjson"
    assert run("events", "export", copy, "--store", url).exit_code == 0
    assert '"ann"' not in copy.read_text()
    refused = run("events", "import", copy, "--store", other_url)
    assert refused.exit_code == 1
    assert "field buyer_id: holds pseudonyms, as an export does; say --pseudonymised" in refused.output
    assert run("events", "import", copy, "--store", other_url, "--pseudonymised").exit_code == 0
    assert contents(open_store(other_url)) == contents(open_store(url))
    again = run("events", "import", file, "--store", other_url)
    assert "0 new events, 8 known already" in again.output


def test_history_of_hashed_ids_is_that_of_plain_ones(
    run: Callable[..., Result], url: str, other_url: str, open_store: Callable[..., Store], file: Path
) -> None:
    """Entities are called otherwise and count the same."""
    run("events", "import", file, "--store", url)
    run("events", "import", file, "--store", other_url, key=None)
    hashed, plain = (contents(open_store(each))[1] for each in (url, other_url))
    assert hashed != plain
    values = [sorted(repr(row[1:]) for row in rows if isinstance(row[-1], bytes)) for rows in (hashed, plain)]
    assert values[0] == values[1]
    assert len(values[0]) > len(hashed) / 2


def test_plain_ids_that_are_said_to_be_hashed_are_refused_before_any_is_taken(
    run: Callable[..., Result], url: str, open_store: Callable[..., Store], file: Path
) -> None:
    """All of the file is looked at first, and the message shows no id."""
    refused = run("events", "import", file, "--store", url, "--pseudonymised", "--part-events", 1)
    assert refused.exit_code == 1
    assert "field buyer_id: holds ids that are no pseudonyms; leave --pseudonymised out" in refused.output
    assert "ann" not in refused.output
    assert contents(open_store(url))[0] == []


@pytest.mark.parametrize("key", [None, OTHER_KEY])
def test_import_with_another_key_is_refused_in_a_line(
    run: Callable[..., Result], url: str, open_store: Callable[..., Store], file: Path, key: str | None
) -> None:
    """And nothing is taken."""
    agree_on_id_key(open_store(url), PSEUDONYMS)
    refused = run("events", "import", file, "--store", url, key=key)
    assert refused.exit_code == 1
    assert len(refused.output.splitlines()) == 1
    assert "set CLEARCLAIM_ID_KEY to" in refused.output
    assert contents(open_store(url))[0] == []


@pytest.fixture
def policy_with_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped policy with two lists, in force."""
    made = tmp_path / "policy.toml"
    assert CliRunner().invoke(main, ["policy", "init", str(made)]).exit_code == 0
    made.write_text(made.read_text().replace("\n[lists]\n", '\n[lists]\nvip = "buyer"\ntrusted = "merchant"\n'))
    monkeypatch.setenv("CLEARCLAIM_POLICY", str(made))


@pytest.mark.usefixtures("policy_with_lists")
def test_buyers_on_lists_are_hashed_and_merchants_are_not(
    run: Callable[..., Result], url: str, open_store: Callable[..., Store]
) -> None:
    """Whoever is added by id is found by id, taken off by id or by pseudonym, and shown by pseudonym only."""
    open_store(url)
    where = ("--store", url)
    assert run("lists", "add", "vip", "B1", "B2", "--by", "ann", *where).output == "vip: 2 added, 0 on it already\n"
    assert run("lists", "add", "vip", "B1", "--by", "ann", *where).output == "vip: 0 added, 1 on it already\n"
    run("lists", "add", "trusted", "M1", "--by", "ann", *where)
    shown = run("lists", "show", *where).output
    assert "trusted  M1  since" in shown
    assert PSEUDONYMS.of("buyer", "B1") in shown
    assert "  B1  " not in shown
    assert run("lists", "show", "--member", "B1", *where).output.endswith("\n1 entry\n")
    assert run("lists", "show", "--member", "M1", *where).output.startswith("trusted  M1")
    pseudonym = PSEUDONYMS.of("buyer", "B2")
    assert "is a pseudonym; say --pseudonymised" in run("lists", "remove", "vip", pseudonym, "--by", "b", *where).output
    refused = run("lists", "remove", "vip", "B2", "--pseudonymised", "--by", "b", *where)
    assert "is no pseudonym; leave --pseudonymised out" in refused.output
    removed = run("lists", "remove", "vip", pseudonym, "--pseudonymised", "--by", "b", *where)
    assert removed.output == "vip: 1 removed, 0 not on it\n"
    assert run("lists", "remove", "vip", "B1", "--by", "b", *where).output == "vip: 1 removed, 0 not on it\n"


@pytest.mark.usefixtures("policy_with_lists")
def test_buyers_are_put_on_lists_with_the_stores_own_key_only(
    run: Callable[..., Result], url: str, open_store: Callable[..., Store]
) -> None:
    """Another key would put somebody else on the list."""
    agree_on_id_key(open_store(url), PSEUDONYMS)
    for key in (None, OTHER_KEY):
        refused = run("lists", "add", "vip", "B1", "--by", "ann", "--store", url, key=key)
        assert (refused.exit_code, len(refused.output.splitlines())) == (1, 1)
        assert "CLEARCLAIM_ID_KEY" in refused.output
    assert run("lists", "add", "trusted", "M1", "--by", "ann", "--store", url, key=None).exit_code == 0
