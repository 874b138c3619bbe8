"""What the checks may be asked for, and the error that names what they found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Buyers: TypeAlias = Literal["may_return", "apart"]
Side: TypeAlias = Literal["train", "test"]

MAY_RETURN: Final = "may_return"
APART: Final = "apart"
SIDES: Final = ("train", "test")


class LeakageError(ValueError):
    """A dataset that tells more than a service would know: a line for each thing found, with what to do.

    Of several, the message numbers the lines, since a terminal shows them as one.
    """

    def __init__(self, findings: Sequence[str]) -> None:
        several = [f"({number}) {finding}" for number, finding in enumerate(findings, start=1)]
        super().__init__("\n".join(several if len(several) > 1 else findings))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class LeakageConfig:
    """How strict the checks are.

    Attributes:
        buyers: "may_return" where buyers may have claims before the test's start and after it, as they have in life;
            "apart" where neither a buyer nor a ring may.
        drop: with "apart", the side from which the claims of such buyers are left out; None refuses the dataset.
        excused: the reason why a column may rank labels too well, by the column's name.
        sample: of how many claims the vectors are computed again.
        seed: of their choice.
    """

    buyers: Buyers = MAY_RETURN
    drop: Side | None = None
    excused: Mapping[str, str] = field(default_factory=dict)
    sample: int = 16
    seed: int = 7

    def __post_init__(self) -> None:
        """Refuse words that mean nothing, and an excuse without a reason."""
        if self.buyers not in {MAY_RETURN, APART}:
            raise LeakageError([f"buyers {self.buyers!r}: use {MAY_RETURN} or {APART}"])
        if self.drop is not None and self.drop not in SIDES:
            raise LeakageError([f"drop {self.drop!r}: use train or test"])
        if self.drop is not None and self.buyers != APART:
            raise LeakageError([f"claims of shared buyers are left out of {self.drop} only where buyers are {APART}"])
        if self.sample < 1:
            raise LeakageError([f"sample {self.sample}: use 1 or more"])
        for column, reason in self.excused.items():
            if not reason.strip():
                raise LeakageError([f"column {column}: say why it is excused; the reason goes on the model's card"])


def excuses_of(words: Iterable[str]) -> dict[str, str]:
    """Excused columns and why, from words such as "column=reason".

    Raises:
        LeakageError: if one of them is something else.
    """
    pairs = [word.partition("=") for word in words]
    for column, sign, _ in pairs:
        if not sign:
            raise LeakageError([f"{column!r} excuses no column; use COLUMN=WHY"])
    return {column: reason for column, _, reason in pairs}
