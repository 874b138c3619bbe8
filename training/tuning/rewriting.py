"""A policy file's text with some numbers changed; comments, order and all else stay as they are."""

from __future__ import annotations

import re
from pathlib import Path

from features.whole_file import appearing
from serving.policy import Policy, PolicyError, read_policy
from training.tuning.knobs import Settings, TuningError, setting, with_settings


def rewritten(text: str, settings: Settings) -> str:
    r"""The text with these settings; one that it leaves to its default is added below its table's name.

    Raises:
        TuningError: a table isn't there as a line of its own.

    >>> print(rewritten("[actions]\nup_to_minor = 5  # why", {"actions.up_to_minor": 70.0}))
    [actions]
    up_to_minor = 70  # why
    """
    lines = text.split("\n")
    for key, value in settings.items():
        table, _, name = key.partition(".")
        _set(lines, table, name, str(round(value)) if name.endswith("_minor") else repr(float(value)))
    return "\n".join(lines)


def _set(lines: list[str], table: str, name: str, value: str) -> None:
    header = re.compile(rf"\s*\[\s*{re.escape(table)}\s*\]\s*(#.*)?$")
    own = re.compile(rf"(\s*{re.escape(name)}\s*=\s*)([^#\s]+)(.*)$")
    start = next((number for number, line in enumerate(lines) if header.match(line)), None)
    if start is None:
        raise TuningError(f"the policy has no line [{table}] to set {table}.{name} below; write it as a table")
    for number in range(start + 1, len(lines)):
        if lines[number].lstrip().startswith("["):
            break
        if found := own.match(lines[number]):
            lines[number] = f"{found[1]}{value}{_kept(found[3], len(value) - len(found[2]))}"
            return
    lines.insert(start + 1, f"{name} = {value}")


def _kept(rest: str, longer: int) -> str:
    """What follows a number: a comment stays in its column as far as there is room."""
    comment = rest.lstrip(" ")
    room = len(rest) - len(comment) - longer
    return " " * max(room, 2) + comment if comment.startswith("#") else rest


def write_tuned(source: Path, policy: Policy, settings: Settings, out: Path) -> Policy:
    """Write the file's text with these settings, and read it back; it appears only if it says just that.

    Raises:
        TuningError: the text can't be changed so.
        OSError: it can't be written.
    """
    wanted = with_settings(policy, settings)
    text = rewritten(source.read_text(encoding="utf-8"), settings)
    with appearing(out) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
        try:
            written = read_policy(unfinished)
        except PolicyError as error:
            raise TuningError(f"{source}: its text can't be changed ({error}); write one setting a line") from error
        if written.model_dump() != wanted.model_dump():
            wrong = next((key for key in settings if setting(written, key) != setting(wanted, key)), "a setting")
            raise TuningError(f"{source}: {wrong} can't be changed in its text; write one setting a line")
    return written
