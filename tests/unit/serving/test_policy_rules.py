"""Rules are read from a policy as they are meant, and each mistake in one is a line with its key."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from serving.bundle import LANGUAGES
from serving.decision import Action
from serving.policy import PolicyError, default_policy_path, parse_policy, read_policy, shipped_policy_path
from serving.policy.rules import LANGUAGES_OF_REASONS, Forbidden, Forced
from tests.unit.serving.policies import policy_with, rule

DEFAULT_TEXT = default_policy_path().read_text(encoding="utf-8")
HEAD = DEFAULT_TEXT[: DEFAULT_TEXT.index("[lists]")]
Put = Callable[[str], Path]
GOOD = """
[lists]
vip_buyers = "buyer"

[[rules]]
id = "small"
date = 2026-02-01
priority = 10
when = 'claim.amount_minor <= 500 && lists.vip_buyers'
then.platform_bears = true

[[rules]]
id = "night"
date = "2026-03-01"
priority = 20
when = 'claim.hour_of_day < 6'
then.forbid = "auto_approve"
note = "asked for by the night shift"
"""


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Writes a policy whose rules and lists are these."""

    def put_(text: str) -> Path:
        file = tmp_path / "policy.toml"
        file.write_text(HEAD + text, encoding="utf-8")
        return file

    return put_


def test_rules_are_read_in_order_of_priority(put: Put) -> None:
    """The higher number comes first, wherever it stands in the file."""
    policy = read_policy(put(GOOD))
    assert [each.id for each in policy.rules] == ["night", "small"]
    assert policy.rules[0].then.forbid == ("auto_approve",)
    assert policy.rules[0].date.isoformat() == "2026-03-01"
    assert policy.lists == {"vip_buyers": "buyer"}


def test_rules_of_equal_priority_keep_the_order_of_the_file() -> None:
    """Ties go by who stands first."""
    policy = policy_with(*(rule(name, "true") for name in ("c", "a", "b")), rule("d", "true", priority=1))
    assert [each.id for each in policy.rules] == ["d", "c", "a", "b"]


def test_version_changes_with_a_rule_and_not_with_its_place(put: Put) -> None:
    """Order in the file says nothing where priorities say all."""
    version = read_policy(put(GOOD)).version
    first, second = GOOD.split("[[rules]]\n")[1:]
    moved = GOOD.split("[[rules]]\n", maxsplit=1)[0] + f"[[rules]]\n{second}\n[[rules]]\n{first}"
    assert read_policy(put(moved)).version == version
    assert read_policy(put(GOOD.replace("<= 500", "<= 501"))).version != version


MISTAKES = {
    "key of a rule": (
        "priority = 10",
        "prioritty = 10",
        "rules.small.prioritty: unknown key; did you mean rules.small.priority?",
    ),
    "key of then": (
        "then.platform_bears = true",
        "then.platform_bear = true",
        "rules.small.then.platform_bear: unknown key; did you mean rules.small.then.platform_bears?",
    ),
    "no condition": ("when = 'claim.hour_of_day < 6'", "", "rules.night.when: missing; add it"),
    "no CEL": (
        "hour_of_day < 6",
        "hour_of_day < 6 and true",
        "rules.night.when: no CEL: character 23, mismatched input 'and' (CEL writes &&); mend it there",
    ),
    "no CEL on the second line": (
        "'claim.hour_of_day < 6'",
        "'''claim.hour_of_day < 6\n  && )'''",
        "rules.night.when: no CEL: line 2, character 6, mismatched input ')'; mend it there",
    ),
    "unknown field": (
        "claim.amount_minor",
        "claim.amount",
        "rules.small.when: claim.amount: no field of claim; did you mean claim.amount_minor?",
    ),
    "unknown column": (
        "claim.hour_of_day",
        "buyer.order_365d",
        "rules.night.when: buyer.order_365d: no field of buyer; did you mean buyer.orders_365d?",
    ),
    "unknown root": (
        "claim.amount_minor",
        "clam.amount_minor",
        "rules.small.when: clam: nothing that rules can ask about; did you mean claim?",
    ),
    "root alone": (
        "claim.hour_of_day < 6",
        'claim["hour_of_day"] < 6',
        "rules.night.when: claim: needs a field after a point, such as claim.id",
    ),
    "unknown list": (
        "lists.vip_buyers",
        "lists.vip_buyer",
        (
            "rules.small.when: lists.vip_buyer: no list of this policy; declare it under [lists], "
            "or did you mean lists.vip_buyers?"
        ),
    ),
    "unknown function": (
        "claim.hour_of_day < 6",
        "claim.id.startWith('x')",
        "not TOML: ",
    ),
    "unknown method": (
        "claim.hour_of_day < 6",
        'claim.id.startWith("x")',
        "rules.night.when: startWith(): no function that rules can use; did you mean startsWith?",
    ),
    "unknown word": (
        "claim.hour_of_day < 6",
        'claim.reason == "counterfiet"',
        "rules.night.when: claim.reason: is never 'counterfiet'; did you mean counterfeit?",
    ),
    "text with a number": (
        "claim.hour_of_day < 6",
        "claim.reason == 6",
        "rules.night.when: claim.reason: is a text, and never 6; compare like with like",
    ),
    "two fields of other types": (
        "claim.hour_of_day < 6",
        "claim.id == claim.hour_of_day",
        "rules.night.when: claim.id: is a text, and claim.hour_of_day a whole number; compare like with like",
    ),
    "types hidden behind another condition": (
        "claim.hour_of_day < 6",
        "false && claim.amount_minor * 0.5 > 100.0",
        (
            "rules.night.when: claim.amount_minor * 0.5 > 100.0: types that don't go together; text goes with text, "
            "and whole numbers are made decimals by double(...) before they are added to or multiplied with decimals"
        ),
    ),
    "less than nothing": (
        "claim.hour_of_day < 6",
        "-3u < claim.hour_of_day",
        "rules.night.when: -3u < claim.hour_of_day: types that don't go together",
    ),
    "no yes or no": (
        "claim.hour_of_day < 6",
        "claim.hour_of_day",
        "rules.night.when: claim.hour_of_day: is neither true nor false; compare it with something",
    ),
    "no day": (
        "date = 2026-02-01",
        'date = "soon"',
        "rules.small.date: is 'soon', which is no day; write one such as 2026-",
    ),
    "a moment": (
        "date = 2026-02-01",
        "date = 2026-02-01T10:00:00",
        "rules.small.date: has a time of day; write the day alone, such as 2026-02-01",
    ),
    "nothing asked for": (
        "then.platform_bears = true",
        "then.platform_bears = false",
        "rules.small.then: asks for nothing; give force, forbid, reason, entitlements or platform_bears",
    ),
    "unknown action": (
        "then.platform_bears = true",
        'then.force = "approve"',
        (
            "rules.small.then.force: is 'approve'; input should be 'auto_approve', 'manual_review' or "
            "'pre_payment_compensation'"
        ),
    ),
    "no person": (
        'then.forbid = "auto_approve"',
        'then.forbid = ["manual_review"]',
        "rules.night.then.forbid: manual_review can't be forbidden, a person is always available; take it out",
    ),
    "forced and forbidden": (
        'then.forbid = "auto_approve"',
        'then.forbid = "auto_approve"\nthen.force = "auto_approve"',
        "rules.night.then: forces and forbids auto_approve; keep one",
    ),
    "a language short": (
        'then.forbid = "auto_approve"',
        'then.reason = { en = "at night" }',
        "rules.night.then.reason: has no text in zh-CN; add it",
    ),
    "id of two": ('id = "night"', 'id = "small"', "rules: two rules are called small; rename one"),
    "id that is none": (
        'id = "night"',
        'id = "At night"',
        "rules.At night.id: is 'At night'; string should match pattern",
    ),
    "kind of a list": (
        'vip_buyers = "buyer"',
        'vip_buyers = "buyers"',
        "lists.vip_buyers: is 'buyers'; input should be 'buyer', 'merchant', 'product' or 'evidence'",
    ),
    "overlap": (
        "then.platform_bears = true",
        (
            'then.force = "auto_approve"\n[[rules]]\nid = "same"\ndate = 2026-02-01\npriority = 10\n'
            "when = 'claim.amount_minor > 400'\nthen.force = \"manual_review\""
        ),
        (
            "rules.small: forces auto_approve, and same forces manual_review, and both can fire on one claim at "
            "priority 10; give one a higher priority, or narrow its condition"
        ),
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistake_in_a_rule_is_one_line_with_its_key(put: Put, case: str) -> None:
    """File, rule, key, and what to do."""
    old, new, complaint = MISTAKES[case]
    assert old in GOOD
    file = put(GOOD.replace(old, new, 1))
    with pytest.raises(PolicyError) as caught:
        read_policy(file)
    assert str(caught.value).startswith(f"{file}: {complaint}")
    assert "\n" not in str(caught.value)


def test_missing_cost_is_named(put: Put) -> None:
    """A policy without an amount isn't used with some other amount."""
    file = put(GOOD)
    file.write_text(file.read_text(encoding="utf-8").replace("delay_cost_minor = 200", "", 1), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        read_policy(file)
    assert str(caught.value) == f"{file}: costs.delay_cost_minor: missing; add it"


def test_contradictory_policy_is_parsed_for_checking(put: Put) -> None:
    """All contradictions can be shown at once."""
    old, new, _ = MISTAKES["overlap"]
    assert len(parse_policy(put(GOOD.replace(old, new, 1))).rules) == 3


def test_rules_know_the_actions_of_decisions() -> None:
    """What a rule can force is what can be decided; what it can forbid is all but a person."""
    assert get_args(Forced) == get_args(Action)
    assert {*get_args(Forbidden), "manual_review"} == {*get_args(Action)}
    assert LANGUAGES_OF_REASONS == LANGUAGES


def test_shipped_policy_is_found_by_its_currency() -> None:
    """Of two for a currency the default one counts; where none is, the message says which are."""
    assert shipped_policy_path("CNY") == default_policy_path()
    assert read_policy(shipped_policy_path("gbp")).currency == "GBP"
    with pytest.raises(PolicyError, match="EUR: no policy comes with this currency; use one of CNY, GBP"):
        shipped_policy_path("EUR")
