"""How people change by what they live through: abusers learn, move on or give up, and the honest lose patience.

What a person is at the start stands in `people`; what it is now stands here, and each day's outcomes move it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.spans import DAY_MS
from training.simulate.config import Flags, SimulationConfig
from training.simulate.goods import CATEGORIES
from training.simulate.identities import Belongings
from training.simulate.market import Market
from training.simulate.orders import Orders
from training.simulate.people import KINDS, kind_code
from training.simulate.stories import ABUSIVE_STORIES, NO_STORY, Pays, story_code

NEVER_MS: Final = int(np.iinfo(np.int64).max)
MOST_CARE: Final = 0.9
MOST_TEMPTATION: Final = 0.9
STRIKES: Final = 3  # claims found abusive, after which the platform closes an account
SCRUPLES_LOST: Final = 1.15  # what an easy refund, without a return, does to an ordinary person's temptation
LEAVES_WHEN_DENIED: Final = 0.5  # of the honest and impatient, those who leave when their claim is refused
LEAVES_WHEN_LEFT_WAITING: Final = 0.08
LONG_WAIT_DAYS: Final = 3.0
DRIFT_CARE: Final = 0.4  # that all abusers have by the end of a drifting period, caught or not


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How one kind of abuser takes being caught, and success.

    `gives_up` is the chance to stop for good, `moves` the chance to go on under a new account, `lies_low_days` the
    median time of rest, `learns` what is added to its care, and `greed` multiplies temptation after each success.
    `burns` is the chance to leave an account behind after any claim.
    """

    gives_up: float
    lies_low_days: float
    learns: float
    moves: float
    greed: float = 1.05
    burns: float = 0.0


HABITS: Final[Mapping[str, Habit]] = {
    "ordinary": Habit(gives_up=0.6, lies_low_days=60, learns=0.1, moves=0.0, greed=1.0),
    "denies_receipt": Habit(gives_up=0.15, lies_low_days=30, learns=0.20, moves=0.15),
    "serial_refunds": Habit(gives_up=0.10, lies_low_days=14, learns=0.15, moves=0.45, greed=1.08),
    "wardrobing": Habit(gives_up=0.12, lies_low_days=20, learns=0.25, moves=0.25),
    "empty_or_swapped_return": Habit(gives_up=0.12, lies_low_days=25, learns=0.20, moves=0.40),
    "fake_evidence": Habit(gives_up=0.10, lies_low_days=10, learns=0.30, moves=0.30, greed=1.08),
    "ring_script": Habit(gives_up=0.10, lies_low_days=7, learns=0.20, moves=0.60, greed=1.10),
    "collusion": Habit(gives_up=0.10, lies_low_days=30, learns=0.15, moves=0.30),
    "partial_refund_extortion": Habit(gives_up=0.15, lies_low_days=20, learns=0.20, moves=0.15),
    "account_farm": Habit(gives_up=0.05, lies_low_days=3, learns=0.15, moves=0.95, burns=0.9),
}


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What people learned about their claims in a day, a row per claim, shape (n,).

    `caught` says that abuse was found, `refused` that no money came, `easy` that it came without a look or a return.
    """

    order: Ints
    person: Ints
    abusive: Flags
    caught: Flags
    refused: Flags
    easy: Flags
    waited_days: Floats


class Agents:
    """The present state of all people, arrays of shape (people,)."""

    def __init__(self, config: SimulationConfig, market: Market, belongings: Belongings) -> None:
        people = market.people
        self._dice = config.dice("agents")
        self._market, self._people = market, people
        self.belongings = belongings
        habits = [HABITS[name] for name in KINDS]
        self._gives_up, self._lies_low_days, self._learns, self._moves, self._greed, self._burns = (
            np.array([getattr(habit, name) for habit in habits])[people.kind]
            for name in ("gives_up", "lies_low_days", "learns", "moves", "greed", "burns")
        )
        self.temptation = people.temptation.copy()
        self.care = np.zeros(len(people))
        self._drifts, self._start_ms = DRIFT_CARE * config.what_befalls.drift / config.days, config.start_ms
        self.strikes = np.zeros(len(people), dtype=np.int64)
        self.quiet_until_ms = np.zeros(len(people), dtype=np.int64)
        self.gone_from_ms = np.full(len(people), NEVER_MS)
        self._story = np.array([story_code("one_off" if name == "ordinary" else name) for name in KINDS])[people.kind]
        self._worn = np.array([one.worn for one in CATEGORIES])

    def buy(self, orders: Orders, order: Ints) -> Flags:
        """Whether each order takes place: whoever has left buys nothing. Shape (n,)."""
        return orders.paid_at_ms[order] < self.gone_from_ms[orders.person[order]]

    def abuse_chances(self, orders: Orders, order: Ints, at_ms: Ints) -> Floats:
        """How likely each order's buyer is to lie about it at a moment, if nothing is wrong with it. Shape (n,)."""
        person = orders.person[order]
        awake = (at_ms >= self.quiet_until_ms[person]) & (at_ms < self.gone_from_ms[person])
        # who colludes lies about its partner's goods only
        elsewhere = self._people.kind[person] == kind_code("collusion")
        elsewhere &= orders.merchant[order] != self._market.partner[person]
        return np.where(awake & ~elsewhere, self.temptation[person] * self._what_pays(orders, order, person), 0.0)

    def abusive_stories(self, orders: Orders, order: Ints, chances: Floats) -> Ints:
        """The code of the lie that is told of each order, or `NO_STORY`; shape (n,)."""
        lies = self._dice.happens("lies", order, chances)
        return np.where(lies, self._story[orders.person[order]], NO_STORY)

    def story_of(self, person: Ints) -> Ints:
        """The code of each person's way of abuse."""
        return self._story[person]

    def care_at(self, person: Ints, at_ms: Ints) -> Floats:
        """How often each person, if it lies at a moment, does so with care: by what it has learned, and all have."""
        learned_by_all = self._drifts * (at_ms - self._start_ms) / DAY_MS
        return np.minimum(self.care[person] + learned_by_all, MOST_CARE)

    def are_careful(self, order: Ints, person: Ints, at_ms: Ints) -> Flags:
        """Whether each claim, if it is a lie, is told with care: it looks like the honest story that it imitates."""
        return self._dice.happens("care", order, self.care_at(person, at_ms))

    def learn(self, outcomes: Outcomes, at_ms: int) -> None:
        """Let people draw their conclusions from what they learned by a moment."""
        self._after_success(outcomes)
        self._after_being_caught(outcomes, at_ms)
        self._honest(outcomes, at_ms)

    def _what_pays(self, orders: Orders, order: Ints, person: Ints) -> Floats:
        """How far each order suits its buyer's way of abuse, 0 to 1: cheap goods, dear goods, worn goods, or any."""
        yuan = orders.amount_minor[order] / 100.0
        category = self._market.products.category[orders.product[order]]
        fits = {
            Pays.ANY: np.ones(len(order)),
            Pays.CHEAP: 1.0 / (1.0 + (yuan / 70.0) ** 2),
            Pays.DEAR: 1.0 / (1.0 + (80.0 / yuan) ** 2),
            Pays.WORN: self._worn[category] / (1.0 + (70.0 / yuan) ** 2),
        }
        first = story_code(ABUSIVE_STORIES[0].name)
        pays = np.array([list(Pays).index(story.pays) for story in ABUSIVE_STORIES])[self._story[person] - first]
        return np.asarray(np.choose(pays, [fits[each] for each in Pays]), dtype=np.float64)

    def _after_success(self, outcomes: Outcomes) -> None:
        won = outcomes.abusive & ~outcomes.caught & ~outcomes.refused
        person = outcomes.person[won]
        self.temptation[person] = np.minimum(self.temptation[person] * self._greed[person], MOST_TEMPTATION)
        burnt = won & self._dice.happens("burns", outcomes.order, self._burns[outcomes.person])
        self._move(outcomes.order[burnt], outcomes.person[burnt])

    def _after_being_caught(self, outcomes: Outcomes, at_ms: int) -> None:
        # of several in a day one counts
        caught = np.flatnonzero(outcomes.caught)
        person, first = np.unique(outcomes.person[caught], return_index=True)
        order = outcomes.order[caught][first]
        abusive = outcomes.abusive[caught][first]
        self.strikes[person] += 1
        self.care[person] = np.minimum(self.care[person] + np.where(abusive, self._learns[person], 0.0), MOST_CARE)
        rest_days = self._dice.lognormal("rest", order, self._lies_low_days[person], 0.6)
        rested_ms = at_ms + (rest_days * DAY_MS).astype(np.int64)
        self.quiet_until_ms[person] = np.where(abusive, rested_ms, self.quiet_until_ms[person])
        gives_up = abusive & self._dice.happens("gives up", order, self._gives_up[person])
        self.temptation[person[gives_up]] = 0.0
        moves = abusive & ~gives_up & self._dice.happens("moves", order, self._moves[person])
        moved = self._move(order[moves], person[moves])
        closed = self.strikes[person] >= STRIKES
        closed[np.flatnonzero(moves)[moved]] = False
        self.gone_from_ms[person[closed]] = at_ms

    def _move(self, order: Ints, person: Ints) -> Ints:
        """Go on under new accounts; who has none left stays. Returns the places of those who moved."""
        able = np.flatnonzero(self.belongings.can_move(person))
        self.belongings.move(self._dice, order[able], person[able], self.care[person[able]])
        self.strikes[person[able]] = 0
        return able

    def _honest(self, outcomes: Outcomes, at_ms: int) -> None:
        person = outcomes.person
        impatience = 1.0 - self._people.patience[person]
        waiting = outcomes.waited_days > LONG_WAIT_DAYS
        chance = impatience * np.where(outcomes.refused, LEAVES_WHEN_DENIED, LEAVES_WHEN_LEFT_WAITING * waiting)
        leaves = ~outcomes.abusive & self._dice.happens("leaves", outcomes.order, chance)
        self.gone_from_ms[person[leaves]] = np.minimum(self.gone_from_ms[person[leaves]], at_ms)
        eased = outcomes.easy & ~outcomes.abusive
        self.temptation[person[eased]] = np.minimum(self.temptation[person[eased]] * SCRUPLES_LOST, MOST_TEMPTATION)
