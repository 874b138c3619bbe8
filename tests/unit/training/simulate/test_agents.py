from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from training.simulate import SimulationConfig
from training.simulate.agents import HABITS, MOST_CARE, MOST_TEMPTATION, NEVER_MS, STRIKES, Agents, Outcomes
from training.simulate.groups import make_groups
from training.simulate.identities import SPARE_ACCOUNTS, Belongings
from training.simulate.market import make_market
from training.simulate.orders import Orders
from training.simulate.people import KINDS, kind_code
from training.simulate.stories import NO_STORY, story_code

DAY_MS = 86_400_000
CONFIG = SimulationConfig(orders=16_000, days=60)
PEOPLE = 2_000
EVERYONE = np.arange(PEOPLE)
START_MS = CONFIG.start_ms
ABUSERS = [kind for kind in KINDS if kind != "ordinary"]


def agents_of(kind: str, **traits: float) -> Agents:
    """People who are all of one kind, tempted half of the time, with further traits as given."""
    market = make_market(CONFIG)
    same = {name: np.full(PEOPLE, value) for name, value in ({"temptation": 0.5} | traits).items()}
    people = replace(market.people, kind=np.full(PEOPLE, kind_code(kind)), **same)
    return Agents(CONFIG, replace(market, people=people), Belongings(CONFIG, people, make_groups(CONFIG, people)))


def outcomes(person: np.ndarray, *, order: int = 0, **flags: Any) -> Outcomes:
    """A claim of each person, numbered from `order` on; what isn't said of the claims isn't so."""
    said = {name: np.full(len(person), flags.get(name, False)) for name in ("abusive", "caught", "refused", "easy")}
    waited = np.full(len(person), float(flags.get("waited_days", 0.0)))
    return Outcomes(order=order + np.arange(len(person)), person=person, waited_days=waited, **said)


def catch(agents: Agents, *, order: int = 0, day: float = 1.0) -> int:
    """Have everyone's lie found out at once; return when."""
    at_ms = START_MS + int(day * DAY_MS)
    agents.learn(outcomes(EVERYONE, order=order, abusive=True, caught=True, refused=True), at_ms)
    return at_ms


def one_order_each(paid_at_ms: int) -> Orders:
    """An order of 60 yuan by each person."""
    market = make_market(CONFIG)
    same = np.full(PEOPLE, paid_at_ms)
    return Orders(
        person=EVERYONE, merchant=market.products.merchant[np.zeros(PEOPLE, dtype=np.int64)],
        product=np.zeros(PEOPLE, dtype=np.int64), paid_at_ms=same, promised_at_ms=same + 5 * DAY_MS,
        day=(same - START_MS) / DAY_MS, quantity=np.ones(PEOPLE, dtype=np.int64),
        amount_minor=np.full(PEOPLE, 6_000),
    )  # fmt: skip


def roughly(chance: float) -> Any:
    """A share among `PEOPLE` that has this chance, within five standard deviations."""
    return pytest.approx(chance, abs=5 * np.sqrt(chance * (1 - chance) / PEOPLE) + 1e-9)


def chances_at(agents: Agents, at_ms: np.ndarray | int) -> np.ndarray:
    orders = one_order_each(START_MS)
    return agents.abuse_chances(orders, EVERYONE, np.broadcast_to(np.asarray(at_ms), PEOPLE))


@pytest.mark.parametrize("kind", ABUSERS)
def test_abuser_that_is_caught_gets_more_careful(kind):
    """Care grows by what its kind learns, each time, up to a limit."""
    agents = agents_of(kind)
    catch(agents)
    assert agents.care == pytest.approx(np.full(PEOPLE, HABITS[kind].learns))
    for number in range(1, 20):
        catch(agents, order=number * PEOPLE)
    assert agents.care == pytest.approx(np.full(PEOPLE, MOST_CARE))


@pytest.mark.parametrize("kind", ABUSERS)
def test_abuser_that_is_caught_gives_up_moves_on_or_goes_on(kind):
    """Of each kind as many stop for good, and as many of the others move to a new account, as its habit says."""
    agents, habit = agents_of(kind), HABITS[kind]
    catch(agents)
    gave_up, moved = agents.temptation == 0, agents.belongings.moves > 0
    assert gave_up.mean() == roughly(habit.gives_up)
    assert moved.mean() == roughly((1 - habit.gives_up) * habit.moves)
    assert not (gave_up & moved).any()


def test_abuser_that_is_caught_lies_low_and_comes_back():
    """Right afterwards nobody lies again; half do after their kind's time of rest, and all in the end."""
    agents = agents_of("partial_refund_extortion")
    assert (chances_at(agents, START_MS) > 0).all()
    at_ms = catch(agents)
    goes_on = agents.temptation > 0
    assert (chances_at(agents, at_ms) == 0).all()
    rested_days = (agents.quiet_until_ms - at_ms) / DAY_MS
    assert np.median(rested_days) == pytest.approx(HABITS["partial_refund_extortion"].lies_low_days, rel=0.15)
    assert (chances_at(agents, agents.quiet_until_ms - 1) == 0).all()
    assert (chances_at(agents, agents.quiet_until_ms)[goes_on] > 0).all()


def test_move_leads_to_a_new_account_with_a_new_payment():
    """Nobody else has the account or the payment, and the platform's strikes stay with the old one."""
    agents = agents_of("serial_refunds")
    before, device = agents.belongings.payment.copy(), agents.belongings.device.copy()
    catch(agents)
    moved = agents.belongings.moves > 0
    accounts = agents.belongings.account
    assert (accounts[~moved] == EVERYONE[~moved]).all()
    assert (accounts[moved] >= PEOPLE).all()
    assert len(np.unique(accounts)) == PEOPLE
    assert not np.isin(agents.belongings.payment[moved], before).any()
    assert len(np.unique(agents.belongings.payment[moved][:, 0])) == moved.sum()
    assert np.array_equal(agents.belongings.payment[~moved], before[~moved])
    assert (agents.strikes[moved] == 0).all()
    assert (agents.strikes[~moved] == 1).all()
    new_device = (agents.belongings.device != device).all(axis=1)
    assert new_device[moved].mean() == pytest.approx(HABITS["serial_refunds"].learns, abs=0.06)  # as careful as that
    assert not new_device[~moved].any()


def test_account_is_closed_after_three_strikes_unless_its_owner_moved_on():
    """Who is found out three times under one account buys and lies no more; a new account starts anew."""
    agents = agents_of("denies_receipt")
    for strike in range(STRIKES):
        assert (agents.gone_from_ms == NEVER_MS).all()
        at_ms = catch(agents, order=strike * PEOPLE, day=1 + strike)
    stayed = agents.belongings.moves == 0
    assert 0.3 < stayed.mean() < 0.9
    assert (agents.gone_from_ms[stayed] == at_ms).all()
    assert (agents.gone_from_ms[~stayed] == NEVER_MS).all()
    assert np.array_equal(agents.buy(one_order_each(at_ms), EVERYONE), ~stayed)
    assert agents.buy(one_order_each(at_ms - 1), EVERYONE).all()
    assert (chances_at(agents, START_MS + 10_000 * DAY_MS)[stayed] == 0).all()


def test_catching_several_lies_of_one_day_is_one_lesson():
    """Two findings that come on one day are one strike, and teach once."""
    agents = agents_of("wardrobing")
    agents.learn(outcomes(np.repeat(EVERYONE, 2), abusive=True, caught=True), START_MS)
    assert agents.strikes.max() == 1
    assert agents.care == pytest.approx(np.full(PEOPLE, HABITS["wardrobing"].learns))


def test_success_makes_greedier_up_to_a_limit():
    """A lie that was paid raises the temptation by its kind's greed."""
    agents = agents_of("fake_evidence")
    agents.learn(outcomes(EVERYONE, abusive=True), START_MS)
    assert agents.temptation == pytest.approx(np.full(PEOPLE, 0.5 * HABITS["fake_evidence"].greed))
    for number in range(1, 30):
        agents.learn(outcomes(EVERYONE, order=number * PEOPLE, abusive=True), START_MS)
    assert agents.temptation == pytest.approx(np.full(PEOPLE, MOST_TEMPTATION))
    assert (agents.care == 0).all()


def test_success_does_not_tempt_whoever_gave_up():
    """To stop for good is for good, whatever comes of a claim that was on its way."""
    agents = agents_of("denies_receipt", temptation=0.0)
    agents.learn(outcomes(EVERYONE, abusive=True), START_MS)
    assert (agents.temptation == 0).all()


def test_farm_burns_its_accounts_after_success_until_none_is_left():
    """A farm leaves most accounts behind after their claim, and stays with the last of its supply."""
    agents = agents_of("account_farm")
    agents.learn(outcomes(EVERYONE, abusive=True), START_MS)
    assert (agents.belongings.moves == 1).mean() == roughly(HABITS["account_farm"].burns)
    for number in range(1, 40):
        agents.learn(outcomes(EVERYONE, order=number * PEOPLE, abusive=True), START_MS)
    assert (agents.belongings.moves == SPARE_ACCOUNTS).all()
    assert len(np.unique(agents.belongings.account)) == PEOPLE
    assert agents.belongings.account.max() < agents.belongings.counts["account"]


@pytest.mark.parametrize(("patience", "leaves"), [(0.0, 0.5), (0.6, 0.2), (1.0, 0.0)])
def test_honest_that_are_refused_leave_if_impatient(patience, leaves):
    """Half of the most impatient leave for good when their honest claim is refused, and none of the most patient."""
    agents = agents_of("ordinary", patience=patience)
    at_ms = START_MS + DAY_MS
    agents.learn(outcomes(EVERYONE, refused=True), at_ms)
    buys = agents.buy(one_order_each(at_ms + 1), EVERYONE)
    assert (~buys).mean() == roughly(leaves)


def test_honest_that_wait_long_leave_more_than_those_answered_soon():
    """A few of the impatient leave after days of waiting, none after a quick answer."""
    soon, late = agents_of("ordinary", patience=0.0), agents_of("ordinary", patience=0.0)
    soon.learn(outcomes(EVERYONE, waited_days=1.0), START_MS)
    late.learn(outcomes(EVERYONE, waited_days=9.0), START_MS)
    assert (soon.gone_from_ms == NEVER_MS).all()
    assert 0.04 < (late.gone_from_ms < NEVER_MS).mean() < 0.15


def test_honest_lose_scruples_after_an_easy_refund():
    """Money without a look or a return makes the next lie a little likelier; any other answer doesn't."""
    agents = agents_of("ordinary", temptation=0.01)
    easy = EVERYONE % 2 == 0
    agents.learn(replace(outcomes(EVERYONE), easy=easy), START_MS)
    assert (agents.temptation[easy] > 0.01).all()
    assert (agents.temptation[~easy] == 0.01).all()


def test_honest_that_are_wrongly_found_out_learn_nothing_from_it():
    """An innocent that is accused counts a strike, and has nothing to hide, to rest from or to move from."""
    agents = agents_of("ordinary", patience=1.0)
    agents.learn(outcomes(EVERYONE, caught=True, refused=True), START_MS)
    assert (agents.strikes == 1).all()
    assert (agents.care == 0).all()
    assert (agents.quiet_until_ms <= START_MS).all()
    assert (agents.temptation == 0.5).all()
    assert (agents.belongings.moves == 0).all()


def test_rest_is_not_cut_short_by_an_honest_claim_that_is_refused():
    """Who lies low keeps to it, whatever becomes of an honest claim of his meanwhile."""
    agents = agents_of("denies_receipt", patience=1.0)
    at_ms = catch(agents)
    until_ms = agents.quiet_until_ms.copy()
    agents.learn(outcomes(EVERYONE, order=PEOPLE, caught=True, refused=True), at_ms + DAY_MS)
    assert np.array_equal(agents.quiet_until_ms, until_ms)


def test_lie_of_each_kind_is_its_own_and_as_frequent_as_its_chance():
    """Who lies tells the story of its kind, as often as its temptation and the goods make it likely."""
    agents = agents_of("partial_refund_extortion", temptation=0.3)
    chances = chances_at(agents, START_MS)
    assert chances == pytest.approx(np.full(PEOPLE, 0.3))  # it pays on any goods
    stories = agents.abusive_stories(one_order_each(START_MS), EVERYONE, chances)
    assert set(stories) == {NO_STORY, story_code("partial_refund_extortion")}
    assert (stories != NO_STORY).mean() == roughly(0.3)


@pytest.mark.parametrize(("kind", "dear_pays"), [("serial_refunds", False), ("denies_receipt", True)])
def test_abuse_goes_where_it_pays(kind, dear_pays):
    """Serial refunds are on cheap goods, denied receipts on dear ones."""
    agents = agents_of(kind)
    cheap = one_order_each(START_MS)
    dear = replace(cheap, amount_minor=np.full(PEOPLE, 60_000))
    at_ms = np.full(PEOPLE, START_MS)
    on_cheap, on_dear = (agents.abuse_chances(orders, EVERYONE, at_ms) for orders in (cheap, dear))
    assert ((on_dear > 2 * on_cheap) if dear_pays else (on_cheap > 2 * on_dear)).all()


def test_learning_from_nothing_changes_nobody():
    """A day without outcomes is no error."""
    agents = agents_of("ordinary")
    agents.learn(outcomes(np.zeros(0, dtype=np.int64)), START_MS)
    assert (agents.gone_from_ms == NEVER_MS).all()


def test_abusers_in_a_whole_world_grow_more_careful_and_have_several_accounts(den):
    """Over months of being caught, lies look honest more often, and persons have gone through accounts."""
    lies = den.claims[den.claims["abusive"]].sort_values("known_at_ms")
    third = len(lies) // 3
    assert lies["careful"].iloc[-third:].mean() > 1.2 * lies["careful"].iloc[:third].mean()
    habitual = lies[lies["story"] != "one_off"].groupby("person")["buyer_id"].nunique()
    assert (habitual > 1).mean() > 0.15
    assert habitual.max() <= SPARE_ACCOUNTS + 1
