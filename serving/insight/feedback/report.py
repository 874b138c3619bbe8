"""All that feedback tells, as one result of the part `feedback`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from serving.insight.feedback.answered import answered_claims
from serving.insight.feedback.drivers import Driver, Why, why
from serving.insight.feedback.groups import Group, by_group, by_month
from serving.insight.feedback.merchants import MerchantRated, MerchantsRated, rated_merchants
from serving.insight.feedback.satisfaction import Rated, Satisfaction, satisfaction
from serving.insight.feedback.weighting import Kind, WhoAnswers, who_answers
from serving.insight.keeping import Kept

if TYPE_CHECKING:
    from serving.insight.parts import Ground
    from serving.insight.record import Record

PART: Final = "feedback"
KEY: Final = "report"


@dataclass(frozen=True, slots=True)
class FeedbackReport:
    """What buyers say, over the whole record.

    Attributes:
        rated: all ratings, of the whole and by step.
        who: how far those who rate stand for all.
        months: by the month of the answer, in order.
        groups: by grouping (`groups.GROUPINGS`), each against all others.
        whys: what drives the ratings of the whole, then those of each step that was rated.
        merchants: the lowest and the highest.
    """

    rated: Satisfaction
    who: WhoAnswers
    months: tuple[Group, ...]
    groups: Mapping[str, tuple[Group, ...]]
    whys: tuple[Why, ...]
    merchants: MerchantsRated

    def to_body(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return asdict(self)

    @staticmethod
    def of_body(body: Mapping[str, Any]) -> FeedbackReport:
        """The report that was put into JSON."""
        rated, who, merchants = body["rated"], body["who"], body["merchants"]
        steps = {step: Rated(**each) for step, each in rated["by_step"].items()}
        return FeedbackReport(
            rated=Satisfaction(rated["given"], Rated(**rated["whole"]), steps),
            who=WhoAnswers(**{**who, "kinds": tuple(Kind(**each) for each in who["kinds"])}),
            months=_groups(body["months"]),
            groups={name: _groups(groups) for name, groups in body["groups"].items()},
            whys=tuple(_why(each) for each in body["whys"]),
            merchants=MerchantsRated(
                merchants["compared"],
                merchants["strength"],
                tuple(MerchantRated(**each) for each in merchants["lowest"]),
                tuple(MerchantRated(**each) for each in merchants["highest"]),
            ),
        )


def feedback_report(record: Record, zone: ZoneInfo) -> FeedbackReport:
    """What the ratings of a record tell; months are those of `zone`."""
    answered = answered_claims(record, zone)
    steps = {step: rating for step, rating in answered.steps.items() if rating.any()}
    return FeedbackReport(
        rated=satisfaction(record.ratings, record.from_ms, record.until_ms),
        who=who_answers(answered),
        months=tuple(by_month(answered)),
        groups={name: tuple(groups) for name, groups in by_group(answered).items()},
        whys=tuple(why(answered, rating, of) for of, rating in {"whole": answered.rating, **steps}.items()),
        merchants=rated_merchants(answered),
    )


def compute(ground: Ground) -> Iterable[Kept]:
    """The part: one report, or nothing where nobody rated."""
    if len(ground.record.ratings):
        yield Kept(KEY, 1, feedback_report(ground.record, ground.policy.zone).to_body())


def _groups(bodies: Iterable[Mapping[str, Any]]) -> tuple[Group, ...]:
    return tuple(Group(**each) for each in bodies)


def _why(body: Mapping[str, Any]) -> Why:
    drivers = tuple(Driver(**each) for each in body["drivers"])
    return Why(body["of"], body["count"], drivers, tuple(body["left_out"]))
