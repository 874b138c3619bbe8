"""All figures of a model and its baselines on one test, with intervals from the same draws of buyers.

What counts for what: figures of order and of probabilities count filings (`Period.weights`), for one decision of a
buyer in many lines tells no more than one; reviews and money count claims (`Period.label_weights`), for each line is
reviewed and paid. Both count for claims that nobody looked at, as far as labels are weighted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from features.progress import Progress
from serving.policy import Policy
from training.dataset import Dataset, Period
from training.dataset.gathering import Gathered
from training.evaluation.capacity import Capacity, PrecisionAtCapacity, capacity_of
from training.evaluation.config import EvaluationConfig
from training.evaluation.evaluation import BASE_RATE, MODEL, RANKS, Evaluation, Interval, SliceFigures
from training.evaluation.gaps import find_gaps
from training.evaluation.intervals import UNKNOWN, Drawn, Ratios, Statistic, bootstrap
from training.evaluation.money import PER, Decided, Docket, make_docket
from training.evaluation.probability_figures import CalibrationError, band_of, log_losses, part_shares
from training.evaluation.ranking_figures import RankingFigures
from training.evaluation.slices import Slice, find_slices

WHAT = "evaluating"


@dataclass(frozen=True, slots=True)
class Sample:
    """Some of a test's claims; each array of shape (n,).

    `filings` and `claims` are what each counts for in figures about filings and in those about claims; `buyer` is its
    buyer's number, from 0, and `filing` its filing's.
    """

    abusive: npt.NDArray[np.int8]
    filings: Floats
    claims: Floats
    buyer: Ints
    filing: Ints

    @classmethod
    def of(cls, test: Period) -> Sample:
        """All claims of a period. Where it doesn't tell buyers apart, each claim has its own."""
        buyers = np.arange(len(test)) if test.buyers is None else test.buyers
        buyer = np.unique(buyers, return_inverse=True)[1].astype(np.int64)
        filing = np.unique(np.stack([buyer, test.as_of_ms], axis=1), axis=0, return_inverse=True)[1]
        claims = np.ones(len(test)) if test.label_weights is None else test.label_weights
        return cls(test.abusive, test.weights, claims, buyer, filing.ravel().astype(np.int64))

    def __len__(self) -> int:
        return len(self.abusive)

    def take(self, rows: Ints) -> Sample:
        """Those at some places."""
        return Sample(self.abusive[rows], self.filings[rows], self.claims[rows], self.buyer[rows], self.filing[rows])

    def enough(self, config: EvaluationConfig) -> bool:
        """Whether there are enough filings of either kind for a figure about these claims to mean anything."""
        either = [len(np.unique(self.filing[self.abusive == kind])) for kind in (0, 1)]
        return len(np.unique(self.filing)) >= config.least_filings and min(either) >= config.least_of_each


def evaluate(
    dataset: Dataset,
    rankings: Mapping[str, Floats],
    *,
    gathered: Gathered | None = None,
    policy: Policy | None = None,
    config: EvaluationConfig | None = None,
    recovery: Floats | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate rankings of a dataset's test.

    Args:
        dataset: whose test is asked about; its training period tells the base rate and the bands of amounts.
        rankings: by name, each of shape (claims of the test,): "model", which is compared with all others. All are
            abuse probabilities but those in `RANKS`.
        gathered: what the dataset was cut from. Without it there is no money and no slice by category, and precision at
            capacity takes the labelled claims for all that were filed.
        policy: to count money by, and for capacity. None for neither.
        config: how often to draw buyers, and which slices to tell apart.
        recovery: P(an advance comes back) of the test's claims; None for the policy's default.
        progress: called with (done, total, "evaluating").

    Raises:
        ValueError: there is no "model" among the rankings, or one has another number of claims.
    """
    return _Evaluating(dataset, rankings, gathered, policy, config or EvaluationConfig()).run(recovery, progress)


@dataclass(frozen=True, slots=True)
class _Evaluating:
    dataset: Dataset
    rankings: Mapping[str, Floats]
    gathered: Gathered | None
    policy: Policy | None
    config: EvaluationConfig

    def run(self, recovery: Floats | None, progress: Progress | None) -> Evaluation:
        _check(self.rankings, len(self.dataset.test))
        sample = Sample.of(self.dataset.test)
        decided = self._decide(sample, recovery, progress)
        capacity = self._capacity()
        slices = find_slices(self.dataset, self.gathered, self.config.categories)
        enough = {each for each in slices if sample.take(each.rows).enough(self.config)}
        statistics: dict[str | Slice, Sequence[Statistic]] = {
            **{name: self._statistics(name, sample, decided, capacity) for name in self.rankings},
            **{each: self._of_slice(each, sample, decided) for each in slices if each in enough},
            _PARTS: [part_shares(sample.abusive, self.rankings[MODEL], sample.filings, sample.buyer)],
        }
        drawn = bootstrap(
            statistics, int(sample.buyer.max()) + 1, len(sample), self.config.replicates, self.config.seed
        )
        if progress is not None:
            progress(len(sample), len(sample), WHAT)
        return self._evaluation(sample, drawn, slices, decided, capacity)

    def _decide(self, sample: Sample, recovery: Floats | None, progress: Progress | None) -> dict[str, Decided]:
        """What the policy does by each model's probabilities and by the base rate; empty where there is no money."""
        if progress is not None:
            progress(0, len(sample), WHAT)
        docket = self._docket(sample, recovery)
        if docket is None:
            return {}
        probabilities = {name: ranking for name, ranking in self.rankings.items() if name not in RANKS}
        constant = np.full(len(sample), self.dataset.train.abusive_share)
        return {name: docket.decide(each) for name, each in {**probabilities, BASE_RATE: constant}.items()}

    def _docket(self, sample: Sample, recovery: Floats | None) -> Docket | None:
        if self.gathered is None or self.policy is None:
            return None
        return make_docket(self.gathered, self.dataset.test, sample.claims, self.policy, recovery)

    def _capacity(self) -> Capacity | None:
        if self.policy is None or self.policy.review.capacity_per_day is None:
            return None
        test = self.dataset.test
        filed = test.as_of_ms
        if self.gathered is not None:
            every = self.gathered.spine.as_of_ms
            start_ms, end_ms = self.dataset.label_drawn_at_ms
            filed = every[(every >= start_ms) & (every < end_ms - self.dataset.gap_ms)]
        return capacity_of(test.as_of_ms, filed, self.policy.review.capacity_per_day, self.policy.zone)

    def _statistics(
        self, name: str, sample: Sample, decided: Mapping[str, Decided], capacity: Capacity | None
    ) -> list[Statistic]:
        ranking, abusive, buyer = self.rankings[name], sample.abusive, sample.buyer
        found: list[Statistic] = [RankingFigures.of(abusive, ranking, sample.filings, buyer)]
        if capacity is not None:
            found.append(PrecisionAtCapacity.of(abusive, ranking, sample.claims, buyer, capacity))
        if name in RANKS:
            return found
        means = {"log_loss": (log_losses(abusive, ranking), sample.filings)}
        if name in decided:
            means["saved_minor_per_1000"] = (_saved(decided, name), sample.claims)
        return [*found, CalibrationError.of(abusive, ranking, sample.filings, buyer), Ratios.of(buyer, **means)]

    def _of_slice(self, of: Slice, sample: Sample, decided: Mapping[str, Decided]) -> list[Statistic]:
        rows, part = of.rows, sample.take(of.rows)
        ranking, abusive = self.rankings[MODEL][rows], part.abusive.astype(np.float64)
        means = {"abusive_share": (abusive, part.filings)}
        if decided:
            reviewed = decided[MODEL].reviewed[rows]
            means |= {
                "saved_minor_per_1000": (_saved(decided, MODEL)[rows], part.claims),
                "reviewed_honest_share": (reviewed, part.claims * (1 - abusive)),
                "missed_abusive_share": (1 - reviewed, part.claims * abusive),
            }
        return [
            RankingFigures.of(part.abusive, ranking, part.filings, part.buyer, brief=True),
            CalibrationError.of(part.abusive, ranking, part.filings, part.buyer),
            Ratios.of(part.buyer, **means),
        ]

    def _evaluation(
        self,
        sample: Sample,
        drawn: Mapping[str | Slice, Mapping[str, Drawn]],
        slices: tuple[Slice, ...],
        decided: Mapping[str, Decided],
        capacity: Capacity | None,
    ) -> Evaluation:
        test, policy = self.dataset.test, self.policy if decided else None
        ranking = self.rankings[MODEL]
        return Evaluation(
            figures={name: _intervals(drawn[name]) for name in self.rankings},
            gains={name: _gains(drawn[MODEL], drawn[name]) for name in self.rankings if name != MODEL},
            slices=tuple(_slice_figures(each, sample, drawn.get(each)) for each in slices),
            gaps=find_gaps({each: drawn[each] for each in slices if each in drawn}),
            from_ms=int(test.as_of_ms[0]),
            to_ms=int(test.as_of_ms[-1]),
            claims=len(test),
            filings=test.filings,
            policy_version=None if policy is None else policy.version,
            currency=None if policy is None else policy.currency,
            base_rate=self.dataset.train.abusive_share,
            abusive_share=test.abusive_share,
            capacity_share=float("nan") if capacity is None else capacity.whole,
            replicates=self.config.replicates,
            calibration=band_of(sample.abusive, ranking, sample.filings, drawn[_PARTS]),
            cost_curves={name: each.curve for name, each in decided.items()},
        )


_PARTS = "parts of the calibration curve"
_RAISED_BY_CHANCE = frozenset({"calibration_error"})
SLICE_FIGURES = (
    "abusive_share",
    "average_precision",
    "calibration_error",
    "saved_minor_per_1000",
    "reviewed_honest_share",
    "missed_abusive_share",
)


def _check(rankings: Mapping[str, Floats], claims: int) -> None:
    if MODEL not in rankings:
        raise ValueError(f"no ranking {MODEL!r} among {', '.join(rankings) or 'none'}; name the one to evaluate so")
    for name, ranking in rankings.items():
        if ranking.shape != (claims,):
            raise ValueError(f"ranking {name!r} is of shape {ranking.shape}; the test has {claims:,} claims")


def _saved(decided: Mapping[str, Decided], name: str) -> Floats:
    """What deciding by this model saves against deciding by the base rate, per 1,000 claims like each one."""
    return PER * (decided[BASE_RATE].cost_minor - decided[name].cost_minor)


def _intervals(figures: Mapping[str, Drawn]) -> dict[str, Interval]:
    return {
        name: drawn.mirrored(least=0.0) if name in _RAISED_BY_CHANCE else drawn.interval()
        for name, drawn in figures.items()
    }


def _gains(model: Mapping[str, Drawn], baseline: Mapping[str, Drawn]) -> dict[str, Interval]:
    gains = {name: model[name].less(drawn) for name, drawn in baseline.items()}
    return {name: gain.mirrored() if name in _RAISED_BY_CHANCE else gain.interval() for name, gain in gains.items()}


def _slice_figures(of: Slice, sample: Sample, drawn: Mapping[str, Drawn] | None) -> SliceFigures:
    """A slice's figures, all unknown where it has too few claims."""
    told = {} if drawn is None else {name: drawn[name] for name in SLICE_FIGURES if name in drawn}
    figures = _intervals(told) if told else dict.fromkeys(SLICE_FIGURES, UNKNOWN)
    return SliceFigures(of.slicing, of.value, float(sample.filings[of.rows].sum()), figures)
