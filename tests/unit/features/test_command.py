"""What a user sees of an error, and of long work."""

import importlib
import sys

import click
import pytest
from click.testing import CliRunner

from features.command import CommandGroup, one_line_errors, progress_bar

SHOW_CURSOR = "\x1b[?25h"


@click.command()
@click.argument("message")
def failing(message: str) -> None:
    """A command that fails as it is told."""
    with one_line_errors(ValueError, OSError):
        raise {"value": ValueError, "disk": OSError, "bug": KeyError}[message.split(maxsplit=1)[0]](message)


def test_expected_error_is_one_line_and_exit_code_1():
    """A user who can mend it reads one line, without a trace."""
    result = CliRunner().invoke(failing, ["value of\n  amount_minor is -1;\n\tmend it\n"])
    assert (result.exit_code, result.output) == (1, "Error: value of amount_minor is -1; mend it\n")


def test_expected_errors_may_be_of_several_sorts():
    """All that a command expects is told alike."""
    result = CliRunner().invoke(failing, ["disk is full"])
    assert (result.exit_code, result.output) == (1, "Error: disk is full\n")


def test_unexpected_error_keeps_its_trace():
    """A bug is not dressed up as a user's mistake."""
    result = CliRunner().invoke(failing, ["bug"])
    assert isinstance(result.exception, KeyError)


def test_expected_error_keeps_its_cause():
    """Whoever debugs finds what happened."""
    cause = ValueError("no such file")
    with pytest.raises(click.ClickException, match="no such file") as caught, one_line_errors(ValueError):
        raise cause
    assert caught.value.__cause__ is cause


def test_progress_without_a_terminal_is_one_line_a_step(capsys):
    """A log gets each step once, on standard error, and no bar."""
    with progress_bar() as report:
        for done in range(1, 4):
            report(done, 3, "events")
        report(0, 1, "history")
        report(1, 1, "history")
    out, err = capsys.readouterr()
    assert (out, err) == ("", "  events ...\n  history ...\n")


def test_progress_on_a_terminal_draws_a_bar(capsys, monkeypatch):
    """A person sees which step is on and how far it is; standard output stays clean for what was asked for."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress_bar() as report:
        report(1, 4, "events")
        report(4, 4, "history")
    out, err = capsys.readouterr()
    assert out == ""
    assert [step in err for step in ("events", "25%", "history", "100%")] == [True] * 4
    assert err.index("25%") < err.index("100%")


def test_progress_of_another_piece_of_work_begins_another_bar(capsys, monkeypatch):
    """Steps that share a total share a line; another total, or a fresh start, takes the next one."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress_bar() as report:
        for done, total in ((1, 4), (4, 4), (1, 2), (2, 2), (1, 2)):
            report(done, total, "work")
    assert capsys.readouterr().err.count("\n") == 3


def test_progress_of_work_that_fails_is_closed(capsys, monkeypatch):
    """An error is raised on as it is, below the bar, and the cursor is back."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    def work() -> None:
        with progress_bar() as report:
            report(1, 4, "events")
            raise ValueError("bad row")

    with pytest.raises(ValueError, match="bad row"):
        work()
    assert capsys.readouterr().err.endswith(f"{SHOW_CURSOR}\n")


def test_command_without_its_packages_says_what_to_install():
    """Where an extra wasn't installed, the user gets the command that installs it."""

    @click.group(cls=CommandGroup)
    def main() -> None:
        """A command."""

    main.extra = "training"

    @main.command()
    def train() -> None:
        """A command that needs more."""
        importlib.import_module("no_such_package")

    result = CliRunner().invoke(main, ["train"])
    expected = "Error: the package no_such_package is missing; install it with pip install 'clearclaim[training]'\n"
    assert (result.exit_code, result.output) == (1, expected)
