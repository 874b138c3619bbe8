"""How good the model is: beside what could be known at all, beside its baselines, and in what its probabilities mean.

Five worlds of a year are simulated. In each a model learns as `clearclaim-train train` does, and is graded on all
claims of the test period that a service would score, labelled or not, by the truth file: which claims were abusive, and
how likely each was to be, given all that the simulator knows. The real file has no truth: there the same table is of
its proxy label, on the claims that have one.

Average precision is told as a share of what the truth's own probabilities reach on the same claims. Gains over
baselines are paired: buyers are drawn with replacement, and both rankings judged on the same draw. Pooled, each draw
takes buyers from every world, and the gain is the mean over the worlds.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Floats, Ints
from features.plan import default_plan
from figures import Figure, no_more_than, told
from training.dataset import PROXY, Dataset, Gathered, Period, SplitConfig, cut_dataset, gather
from training.evaluation.metrics import calibration_curve
from training.leakage import LeakageConfig, check_dataset
from training.load import find_mapping, load, read_mapping
from training.model.baselines import baseline_probabilities
from training.model.gradient_boosting import raw_scores
from training.simulate import SimulationConfig, simulate
from training.text.appended import read_texts
from training.train import Fold, TrainingConfig, fit_fold

SEEDS: Final = (11, 12, 13, 14, 15)  # other worlds than those by which the checks' limits were chosen
ORDERS, DAYS = 60_000, 360  # about 10,000 claims a world
DRAWS: Final = 400
PARTS: Final = 10  # of the claims by probability, for the calibration error
MODEL: Final = "model"
REAL_FILE: Final = Path("../shared/data/online_retail_ii.parquet")


@dataclass(frozen=True)
class Graded:
    """Claims of one test, and what each model makes of them; all of shape (n,).

    `abusive` is the truth, or the proxy. `probability` is the truth's own, None where there is none. `weights` share 1
    among the claims of a filing, as training has it: else a few large filings would drown all others.
    """

    name: str
    abusive: Floats
    probability: Floats | None
    weights: Floats
    buyers: Ints
    rankings: Mapping[str, Floats]

    @property
    def baselines(self) -> list[str]:
        return [name for name in self.rankings if name != MODEL]


def run(seeds: Sequence[int] = SEEDS) -> list[Figure]:
    """The figures of the simulated worlds, and of the real file if it lies beside the project."""
    worlds = [grade_world(seed) for seed in seeds]
    figures = world_figures(worlds)
    if REAL_FILE.exists():
        real = grade_real_file()
        figures += gain_figures([real], "learning/proxy_gain_over_")
        figures.append(
            told("learning/proxy_calibration_error", calibration_error([real], [real.abusive]), "share",
                 by_luck=error_by_luck([real]))
        )  # fmt: skip
        worlds.append(real)
    print("\n".join(table(worlds)))
    return figures


def world_figures(worlds: Sequence[Graded]) -> list[Figure]:
    """Share of the reachable average precision, calibration error, and gains, over all worlds."""
    shares = [precision(each, MODEL) / precision_of(each, truth_of(each)) for each in worlds]
    outcomes, chances = [each.abusive for each in worlds], [truth_of(each) for each in worlds]
    return [
        told("learning/precision_of_reachable", statistics.mean(shares), "share", worlds=shares,
             model=[precision(each, MODEL) for each in worlds],
             truth=[precision_of(each, truth_of(each)) for each in worlds]),
        no_more_than("learning/calibration_error", calibration_error(worlds, outcomes), "share", 0.01,
                     by_luck=error_by_luck(worlds), claims=sum(len(each.abusive) for each in worlds),
                     against_true_chances=calibration_error(worlds, chances),
                     mean_probability=[mean_of(each, each.rankings[MODEL]) for each in worlds],
                     abusive_share=[mean_of(each, each.abusive) for each in worlds],
                     worlds=[calibration_error([each], [each.abusive]) for each in worlds],
                     worlds_by_luck=[error_by_luck([each]) for each in worlds]),
        *gain_figures(worlds, "learning/gain_over_"),
    ]  # fmt: skip


def gain_figures(graded: Sequence[Graded], prefix: str) -> list[Figure]:
    """The model's gain in average precision over each baseline; it holds if its interval lies above zero."""
    drawn = [draws_of(each) for each in graded]
    figures = []
    for name in graded[0].baselines:
        gains = [precision(each, MODEL) - precision(each, name) for each in graded]
        apart = [draws[MODEL] - draws[name] for draws in drawn]
        low, high = np.quantile(np.mean(apart, axis=0), [0.025, 0.975]).tolist()
        detail = {
            "interval": [low, high],
            "each": {
                one.name: [gain, *np.quantile(differences, [0.025, 0.975]).tolist()]
                for one, gain, differences in zip(graded, gains, apart, strict=True)
            },
        }
        figures.append(Figure(f"{prefix}{name}", statistics.mean(gains), "AP", 0.0, low > 0, detail))
    return figures


def grade_world(seed: int) -> Graded:
    """Learn in one world, and grade by its truth."""
    world = simulate(SimulationConfig(orders=ORDERS, days=DAYS, seed=seed))
    gathered = gather(world.events.sort_by("known_at_ms"), default_plan())
    fold = learn(gathered, TrainingConfig())
    dataset, whole = fold.dataset, every_claim(gathered, fold)
    rows = gathered.spine.rows[whole]
    place = pc.index_in(gathered.table.ids["claim_id"].take(pa.array(gathered.table["claim_id"][rows])),
                        world.truth["claim_id"])  # fmt: skip
    abusive = np.asarray(world.truth["abusive"].take(place)).astype(np.int8)
    vectors = gathered.vectors[whole]
    if fold.reading.readers is not None:
        texts = read_texts(gathered.texts.take(whole), lambda _: fold.reading.readers.whole)
        vectors = np.concatenate([vectors, texts], axis=1)
    as_of_ms, buyers = gathered.spine.as_of_ms[whole], gathered.spine.buyers[whole]
    weights = filing_weights(buyers, as_of_ms)
    test = Period("test", vectors, abusive, weights, as_of_ms)
    return Graded(
        f"world {seed}",
        abusive.astype(np.float64),
        np.asarray(world.truth["abuse_probability"].take(place), dtype=np.float64),
        weights,
        buyers,
        rankings_of(fold, replace(dataset, test=test)),
    )


def grade_real_file() -> Graded:
    """The same on the real file, by the proxy label, on the claims that have one."""
    gathered = gather(load(REAL_FILE, read_mapping(find_mapping("online_retail_ii"))).events, default_plan())
    fold = learn(gathered, TrainingConfig(split=SplitConfig(label=PROXY)))
    test = fold.dataset.test
    abusive, rankings = test.abusive.astype(np.float64), rankings_of(fold, fold.dataset)
    return Graded("real file", abusive, None, test.weights, test.buyers, rankings)


def learn(gathered: Gathered, config: TrainingConfig) -> Fold:
    """One training, as `training.train` has it, checks for leakage included."""
    plan = default_plan()
    dataset = check_dataset(cut_dataset(gathered, config.split), gathered.table, plan, LeakageConfig())
    return fit_fold(dataset, plan, config)


def every_claim(gathered: Gathered, fold: Fold) -> Ints:
    """Indexes of all claims of the test period that can be scored, whether they have a label or not."""
    start_ms, drawn_ms = fold.dataset.label_drawn_at_ms
    as_of_ms = gathered.spine.as_of_ms
    return np.flatnonzero((as_of_ms >= start_ms) & (as_of_ms < drawn_ms - fold.dataset.gap_ms))


def rankings_of(fold: Fold, dataset: Dataset) -> dict[str, Floats]:
    """The model's probabilities and the baselines' rankings of a dataset's test."""
    columns = (*default_plan().columns, *fold.reading.columns)
    boosting, rounds = TrainingConfig().boosting, fold.fitted.rounds
    return {
        MODEL: fold.calibration.probabilities(raw_scores(fold.fitted.booster, dataset.test.vectors)),
        **baseline_probabilities(dataset, columns, boosting, rounds, fold.calibration),
    }


def filing_weights(buyers: Ints, as_of_ms: Ints) -> Floats:
    """What each claim counts for, where claims that a buyer files at one moment count for one together."""
    _, filing, sizes = np.unique(np.stack([buyers, as_of_ms], axis=1), axis=0, return_inverse=True, return_counts=True)
    return np.asarray(1 / sizes[filing.reshape(-1)], dtype=np.float64)


def truth_of(graded: Graded) -> Floats:
    """The truth's own probabilities."""
    assert graded.probability is not None
    return graded.probability


def mean_of(graded: Graded, values: Floats) -> float:
    """The mean over filings."""
    return float(np.average(values, weights=graded.weights))


def precision(graded: Graded, name: str) -> float:
    """The average precision of a model."""
    return precision_of(graded, graded.rankings[name])


def precision_of(graded: Graded, ranking: Floats) -> float:
    """The average precision of a ranking, each filing counting for one."""
    return float(average_precisions(graded.abusive, ranking, graded.weights[np.newaxis])[0])


def average_precisions(abusive: Floats, ranking: Floats, weights: Floats) -> Floats:
    """Average precision under each of several rows of weights, shape (rows, n); tied claims come together."""
    ranking = np.nan_to_num(ranking, nan=-np.inf)
    order = np.argsort(-ranking, kind="stable")
    ends = np.flatnonzero(np.append(ranking[order][1:] != ranking[order][:-1], True))
    found = np.cumsum(weights[:, order] * abusive[order], axis=1)[:, ends]
    pointed = np.cumsum(weights[:, order], axis=1)[:, ends]
    steps = np.diff(found, axis=1, prepend=0.0)
    return np.asarray((steps * found / np.maximum(pointed, 1e-12)).sum(axis=1) / found[:, -1])


def draws_of(graded: Graded) -> dict[str, Floats]:
    """Average precision by model on the same draws of buyers, shape (DRAWS,)."""
    random = np.random.default_rng(5)
    _, buyer = np.unique(graded.buyers, return_inverse=True)
    number = int(buyer.max()) + 1
    drawn = random.multinomial(number, np.full(number, 1 / number), size=DRAWS)
    weights = drawn[:, buyer] * graded.weights
    return {name: average_precisions(graded.abusive, ranking, weights) for name, ranking in graded.rankings.items()}


def calibration_error(graded: Sequence[Graded], outcomes: Sequence[Floats]) -> float:
    """The mean distance between probability and what came of it, over parts of equal size of all claims together."""
    probabilities = np.concatenate([each.rankings[MODEL] for each in graded])
    weights = np.concatenate([each.weights for each in graded])
    curve = calibration_curve(np.concatenate(outcomes), probabilities, weights, PARTS)
    return float(np.average(np.abs(curve.predicted - curve.observed), weights=curve.weight))


def error_by_luck(graded: Sequence[Graded]) -> float:
    """The calibration error that probabilities without any fault would show on so many claims."""
    random = np.random.default_rng(5)
    faultless = [
        [(random.random(len(each.abusive)) < each.rankings[MODEL]).astype(np.float64) for each in graded]
        for _ in range(50)
    ]
    return statistics.mean(calibration_error(graded, outcomes) for outcomes in faultless)


def table(graded: Sequence[Graded]) -> list[str]:
    """Average precision by test and model, beside the truth's own, and the calibration error."""
    names = list(graded[0].rankings)
    lines = ["", f"{'average precision':<18} {'claims':>7} {'abusive':>8} {'truth':>7}"]
    lines[-1] += "".join(f" {name.replace('_', ' '):>20}" for name in names) + "  calibration error (by luck)"
    for each in graded:
        truth = "-" if each.probability is None else f"{precision_of(each, each.probability):.3f}"
        share = mean_of(each, each.abusive)
        lines.append(f"{each.name:<18} {len(each.abusive):>7,} {share:>8.2%} {truth:>7}")
        lines[-1] += "".join(f" {precision(each, name):>20.3f}" for name in names)
        lines[-1] += f"  {calibration_error([each], [each.abusive]):.4f} ({error_by_luck([each]):.4f})"
    return [*lines, ""]
