"""`clearclaim insight places`."""

import pytest
from click.testing import CliRunner

from features.plan import default_plan
from features.store import Store
from serving.access.pseudonyms import Pseudonyms
from serving.cli import main

KEY = "k" * 40


@pytest.fixture
def url(tmp_path):
    """A store, empty."""
    address = f"sqlite:///{tmp_path}/store.db"
    Store.open(address, default_plan()).close()
    return address


def run(*arguments):
    return CliRunner().invoke(main, ["insight", "places", *arguments])


def test_place_is_added_shown_and_removed(url):
    """With who said so and what it is; a second time is told in a line."""
    said = ("add", "address", "station-7", "--by", "ann", "--note", "parcel station", "--store", url)
    assert run(*said).exit_code == 0
    assert "Error: address station-7: is on the list already" in run(*said).output
    assert "address  station-7  by ann  parcel station\n1 place\n" in run("list", "--store", url).output
    assert run("remove", "address", "station-7", "--by", "ann", "--store", url).exit_code == 0
    assert "0 places" in run("list", "--store", url).output
    assert "0 proposed" in run("propose", "--store", url).output


@pytest.mark.parametrize(
    ("kind", "by", "says"), [("house", "ann", "kind: is 'house'; use one of"), ("address", " ", "--by: is empty")]
)
def test_what_cant_be_added_is_told_in_a_line(url, kind, by, says):
    """Kinds are four, and somebody says so."""
    ended = run("add", kind, "x", "--by", by, "--store", url)
    assert ended.exit_code == 1
    assert says in ended.output


def test_place_is_kept_as_the_service_hashes_it(url, monkeypatch):
    """Else findings would never meet it."""
    monkeypatch.setenv("CLEARCLAIM_ID_KEY", KEY)
    assert run("add", "device", "terminal", "--by", "ann", "--store", url).exit_code == 0
    hashed = Pseudonyms(KEY.encode()).of("device", "terminal")
    assert hashed in run("list", "--store", url).output
    assert "is on the list" in run("add", "device", hashed, "--pseudonymised", "--by", "ann", "--store", url).output
    assert "say --pseudonymised" in run("add", "device", hashed, "--by", "ann", "--store", url).output
