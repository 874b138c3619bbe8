"""Secrets come from the environment only: options stand in lists of processes and in shells' histories."""

from collections.abc import Iterator

import click
import pytest

from features.store.address import parse_url, shown
from serving.cli import main as operators
from training.cli import main as data_scientists

SECRET_WORDS = {"secret", "password", "passwd", "passphrase", "token", "key", "credential", "credentials", "apikey"}


def parameters(command: click.Command, name: str) -> Iterator[tuple[str, click.Parameter]]:
    for each in command.params:
        yield name, each
    if isinstance(command, click.Group):
        for child, found in command.commands.items():
            yield from parameters(found, f"{name} {child}")


ALL = [*parameters(operators, "clearclaim"), *parameters(data_scientists, "clearclaim-train")]


def test_no_command_takes_a_secret_as_an_option() -> None:
    """Neither by its name nor by what its help asks for; the name of a file that holds one is none."""
    assert len(ALL) > 100
    taken = [
        f"{command} {parameter.name}"
        for command, parameter in ALL
        if (set((parameter.name or "").split("_")) & SECRET_WORDS and not isinstance(parameter.type, click.File))
        or any(word in (getattr(parameter, "help", None) or "") for word in (":PASSWORD", "SECRET"))
    ]
    assert taken == []


def test_no_option_reads_a_secret_behind_the_settings() -> None:
    """What comes from the environment goes through the settings, which hide it; the name of a folder is no secret."""
    read = [f"{command} {parameter.name}" for command, parameter in ALL if parameter.envvar]
    assert read == ["clearclaim-train train cache"]


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("postgresql://ann@host/shop", "from the environment"),
        ("postgresql://host/shop", "from the environment"),
        ("postgresql://ann:own@host/shop", "own"),
        ("sqlite:///shop.db", None),
    ],
)
def test_password_of_a_store_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, url: str, password: str | None
) -> None:
    """Unless the URL has one; and no message shows it."""
    monkeypatch.setenv("PGPASSWORD", "from the environment")
    parsed = parse_url(url)
    assert parsed.password == password
    assert password is None or password not in shown(parsed)


def test_store_without_any_password_asks_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may trust who is on the same machine."""
    monkeypatch.delenv("PGPASSWORD", raising=False)
    assert parse_url("postgresql://ann@host/shop").password is None
