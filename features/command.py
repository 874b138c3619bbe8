"""What both commands do alike: one line for an error, a bar for long work."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

from features.progress import Progress

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


class CommandGroup(click.Group):
    """A group of commands that says which extra to install where a package of it is missing."""

    extra = ""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f"the package {error.name} is missing; install it with pip install 'clearclaim[{self.extra}]'"
            ) from error


@contextmanager
def one_line_errors(*expected: type[Exception]) -> Iterator[None]:
    """Turn errors that a user can mend into one line and exit code 1; everything else keeps its trace."""
    try:
        yield
    except expected as error:
        raise click.ClickException(" ".join(str(error).split())) from error


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A function that draws (done, total, what) as a bar on standard error.

    Steps of one piece of work, which share a total, share a bar. Where standard error is no terminal, each `what` is
    one line.
    """
    with ExitStack() as stack:
        yield _Bars(stack).report if sys.stderr.isatty() else _Lines().report


class _Bars:
    def __init__(self, stack: ExitStack) -> None:
        self._own = stack.enter_context(ExitStack())
        self._bar: ProgressBar[int] | None = None

    def report(self, done: int, total: int, what: str) -> None:
        if self._bar is None or self._bar.length != total or done < self._bar.pos:
            self._own.close()  # the bar before stays as it is, and the next begins below it
            self._bar = self._own.enter_context(click.progressbar(length=total, file=sys.stderr))
        self._bar.label = f"  {what:<30.30}"
        self._bar.update(done - self._bar.pos)
        self._bar.render_progress()  # the label may have changed where the count did not


class _Lines:
    def __init__(self) -> None:
        self._seen: set[str] = set()

    def report(self, _done: int, _total: int, what: str) -> None:
        if what not in self._seen:
            self._seen.add(what)
            click.echo(f"  {what} ...", err=True)
