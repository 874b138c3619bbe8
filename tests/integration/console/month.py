"""A month of a simulated team, as the tables of cases would hold it: who ruled how on what, and how long it took."""

from __future__ import annotations

from random import Random
from typing import Any

from features.store import Store
from serving.cases.stepping import take_step
from tests.unit.serving.cases.quality import worlds
from tests.unit.serving.claims import DAY_MS, HOUR_MS

MINUTE_MS = 60_000
# how often each finds the truth
PEOPLE = {"ann": 0.95, "ben": 0.9, "chen": 0.86, "dora": 0.78, "emil": 0.92, "王芳": 0.93}
REASONS = {"damaged": 6, "not_received": 5, "not_as_described": 4, "changed_mind": 3, "wrong_item": 2, "defective": 1}
ARMS = {"first": 0.8, "after_look": 0.1, "never": 0.1}
REVIEWS, DOUBLES, GOLDS, APPEALS, OPEN = 1_500, 260, 240, 60, 46
SAME_RULING = 0.87


def tell_month(store: Store, now_ms: int) -> None:
    """Write what a team did until a moment, and what waits then."""
    team = _Team(now_ms)
    reviews = [team.case("review", team.chance.random() * 30 * DAY_MS + 300_000) for _ in range(REVIEWS)]
    doubles = [team.double(place, reviews[place]) for place in range(DOUBLES)]
    golds = [team.gold() for _ in range(GOLDS)]
    appeals = [
        team.case("appeal", team.chance.random() * 25 * DAY_MS, claim_id=f"C{place + DOUBLES + 1}")
        for place in range(APPEALS)
    ]
    worlds.write_cases(store, [*reviews, *doubles, *golds, *appeals])
    for place in range(OPEN):
        case = worlds.review_of(store, f"W{place}", now_ms - int(team.chance.random() ** 3 * 30 * HOUR_MS))
        if place % 6 == 0:
            with store.writing() as connection:
                take_step(connection, case, "taken", by="ann", at_ms=now_ms - MINUTE_MS, assigned_to="ann")


class _Team:
    """Draws cases."""

    def __init__(self, now_ms: int) -> None:
        self.chance, self._now_ms = Random(4), now_ms

    def case(self, kind: str, age_ms: float, *, is_abuse: bool | None = None, **more: Any) -> dict[str, Any]:
        """A case that somebody ruled on."""
        chance = self.chance
        who = more.pop("who", None) or chance.choice(list(PEOPLE))
        arm = chance.choices(list(ARMS), list(ARMS.values()))[0]
        is_abuse = chance.random() < 0.2 if is_abuse is None else is_abuse
        is_right = chance.random() < PEOPLE[who] - (0.06 if arm == "never" else 0)
        opened_ms = int(self._now_ms - age_ms)
        took_ms = chance.lognormvariate(3.2, 0.8) * MINUTE_MS
        return {
            "kind": kind,
            "opened_at_ms": opened_ms,
            "ruled_at_ms": min(int(opened_ms + took_ms), self._now_ms - 70_000),
            "ruled_by": who,
            "reasons_arm": arm,
            "claim_reason": chance.choices(list(REASONS), list(REASONS.values()))[0],
            "ruling": self._ruling(is_abuse if is_right else not is_abuse),
            **more,
        }

    def double(self, place: int, first: dict[str, Any]) -> dict[str, Any]:
        """A review ruled on by somebody else, too."""
        who = self.chance.choice([name for name in PEOPLE if name != first["ruled_by"]])
        kept = {name: first[name] for name in ("claim_reason", "reasons_arm")}
        case = self.case("double", self.chance.random() * 20 * DAY_MS, who=who, doubles=place + 1, **kept)
        return {**case, "ruling": first["ruling"]} if self.chance.random() < SAME_RULING else case

    def gold(self) -> dict[str, Any]:
        """A case whose answer is known."""
        is_abuse = self.chance.random() < 0.45
        known = "abusive" if is_abuse else "legitimate"
        return self.case("gold", (self.chance.random() * 60 + 1) * DAY_MS, is_abuse=is_abuse, known=known)

    def _ruling(self, is_denied: bool) -> dict[str, Any]:
        if is_denied:
            return {"ruling": "deny", "denial_reason": self.chance.choice(["false_statement", "goods_differ"])}
        return {"ruling": "partly_approve" if self.chance.random() < 1 / 7 else "approve"}
