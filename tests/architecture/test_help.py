"""Whoever asks for help gets it: every command says what it does, explains its options, and gives a line to copy."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib.metadata import version

import click
import pytest
from click.testing import CliRunner

from serving.cli import main as operators
from training.cli import main as data_scientists

ROOTS = {"clearclaim": operators, "clearclaim-train": data_scientists}
VARIABLE = re.compile(r"[A-Z_]+=\S*")
BEHIND_IT = {"|", ">", "&&", ";"}  # from here on the shell's line is another command's


def below(command: click.Command, typed: str) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, as a user types them."""
    yield typed, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from below(child, f"{typed} {name}")


ALL = dict(pair for name, root in ROOTS.items() for pair in below(root, name))
LEAVES = [typed for typed, command in ALL.items() if not isinstance(command, click.Group)]


def examples(command: click.Command) -> list[str]:
    """The lines below `Example:` that call one of the two programs; what a backslash breaks is one line."""
    text = (command.help or "").replace("\\\n", " ")
    return [line.strip() for line in text.partition("Example")[2].splitlines() if re.search(r"\bclearclaim", line)]


def called(line: str) -> list[str]:
    """The words of a line that one of the two programs is started with, its own name first."""
    words = shlex.split(line)
    while VARIABLE.fullmatch(words[0]):
        words.pop(0)
    ends = [place for place, word in enumerate(words) if word in BEHIND_IT]
    return words[: min(ends, default=len(words))]


def parse(line: str) -> str:
    """Let the command's own parser read a line; give the command as it is typed.

    Raises:
        click.UsageError: if there is no such command, option or choice, or something that must be given isn't.
    """
    name, *rest = called(line)
    command: click.Command | None = ROOTS[name]
    typed = name
    while isinstance(command, click.Group):
        name, *rest = rest or [""]
        command, typed = command.commands.get(name), f"{typed} {name}"
    if command is None:
        raise click.UsageError(f"no such command: {typed}")
    command.make_context(name, rest)
    return typed


def test_walk_finds_commands_at_every_depth():
    """What would walk past them would find nothing wrong with them."""
    assert {"clearclaim serve", "clearclaim users add", "clearclaim-train train"} <= set(LEAVES)


@pytest.mark.parametrize("typed", ALL)
def test_help_of_a_command_says_what_it_does_and_ends_well(typed):
    """`--help` prints its first sentence, whole, and exits with 0; a group's names what is below it."""
    root, *path = typed.split()
    result = CliRunner().invoke(ROOTS[root], [*path, "--help"], terminal_width=200)
    assert result.exit_code == 0, result.output
    command = ALL[typed]
    first = " ".join((command.help or "").split("\n\n")[0].split())
    assert len(first.split()) > 3
    assert first in " ".join(result.output.split())
    for name in command.commands if isinstance(command, click.Group) else ():
        assert f"\n  {name} " in result.output


@pytest.mark.parametrize("name", ROOTS)
def test_version_is_the_installed_one(name):
    """Who reports a mistake can say of what."""
    result = CliRunner().invoke(ROOTS[name], ["--version"], prog_name=name)
    assert result.exit_code == 0
    assert result.output == f"{name}, version {version('clearclaim')}\n"


@pytest.mark.parametrize("typed", ALL)
def test_options_of_a_command_are_all_explained(typed):
    """No option without its meaning, on groups neither."""
    options = [each for each in ALL[typed].params if isinstance(each, click.Option)]
    assert [option.name for option in options if not (option.help or "").strip()] == []


@pytest.mark.parametrize("typed", LEAVES)
def test_examples_of_a_command_are_read_by_its_own_parser(typed, tmp_path, monkeypatch):
    """Whoever copies a line from the help isn't told that there is no such option; at least one line calls itself."""
    monkeypatch.chdir(tmp_path)
    lines = examples(ALL[typed])
    assert [line for line in lines if f"{typed} " in f"{line} "], f"the help of {typed} has no example"
    assert typed in [parse(line) for line in lines]


@pytest.mark.parametrize(
    "line",
    [
        "clearclaim serv",
        "clearclaim serve --prot 3000",
        "clearclaim users add ann --scope everything --store sqlite:///shop.db",
        "clearclaim history prune --keep-days many --store sqlite:///shop.db",
        "clearclaim-train train",
    ],
)
def test_example_that_is_wrong_is_seen(line):
    """No such command, option or choice, no number, and nothing where something must be given."""
    with pytest.raises(click.UsageError):
        parse(line)
