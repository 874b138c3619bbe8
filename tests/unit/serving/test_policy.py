"""A policy says what it means, and a mistake in it is named."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from serving.bundle import LANGUAGES
from serving.policy import Policy, PolicyError, Reasons, default_policy_path, read_policy

DEFAULT_TEXT = default_policy_path().read_text(encoding="utf-8")


def put_policy(folder: Path, text: str) -> Path:
    file = folder / "policy.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_default_policy_is_read() -> None:
    """The package comes with a policy that works."""
    policy = read_policy(default_policy_path())
    assert policy.currency == "CNY"
    assert policy.authorities.statutory_return_days == 7
    assert policy.review.lowest_price_minor == 0


def test_default_policy_spells_out_every_key() -> None:
    """Whoever edits the default policy sees all there is to set."""
    written = tomllib.loads(DEFAULT_TEXT)
    read = read_policy(default_policy_path()).model_dump()
    assert _keys(written) == _keys(read)


def _keys(table: Mapping[str, object], prefix: str = "") -> set[str]:
    keys: set[str] = set()
    for name, value in table.items():
        keys |= _keys(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}"}
    return keys


def test_languages_of_a_policy_are_those_of_bundles() -> None:
    """A policy can't ask for reasons in a language that bundles don't carry."""
    assert get_args(Reasons.model_fields["language"].annotation) == LANGUAGES


def test_version_ignores_comments_and_order(tmp_path: Path) -> None:
    """The version is of what the policy says, not of how it is written."""
    lines = [line.split("#")[0].strip() for line in DEFAULT_TEXT.splitlines()]
    tables: list[list[str]] = [[]]
    for line in filter(None, lines):
        tables[-1].append(line) if not line.startswith("[") else tables.append([line])
    head, *rest = tables
    shuffled = [head, *([table[0], *reversed(table[1:])] for table in reversed(rest))]
    text = "\n".join(line for table in shuffled for line in table)
    text = text.replace('"consent", "statutory_right"', '"statutory_right", "consent"')
    assert text != DEFAULT_TEXT
    assert read_policy(put_policy(tmp_path, text)).version == read_policy(default_policy_path()).version


def test_version_includes_defaults(tmp_path: Path) -> None:
    """Spelling out a default changes nothing."""
    without = DEFAULT_TEXT.replace("lowest_price_minor = 0", "")
    assert without != DEFAULT_TEXT
    assert read_policy(put_policy(tmp_path, without)).version == read_policy(default_policy_path()).version


def test_version_of_an_integer_and_the_same_float_is_one(tmp_path: Path) -> None:
    """A weight of 2 and of 2.0 is the same weight."""
    whole = put_policy(tmp_path, DEFAULT_TEXT.replace("merchant_loss_weight = 1.5", "merchant_loss_weight = 2"))
    version = read_policy(whole).version
    point = put_policy(tmp_path, DEFAULT_TEXT.replace("merchant_loss_weight = 1.5", "merchant_loss_weight = 2.0"))
    assert read_policy(point).version == version


def test_version_changes_with_any_amount(tmp_path: Path) -> None:
    """Two policies that decide differently have two versions."""
    other = put_policy(tmp_path, DEFAULT_TEXT.replace("review_cost_minor = 400", "review_cost_minor = 401"))
    versions = {read_policy(other).version, read_policy(default_policy_path()).version}
    assert len(versions) == 2
    assert {len(version) for version in versions} == {12}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            '"Asia/Shanghai"',
            '"Asia/Shangri-La"',
            "time_zone: is 'Asia/Shangri-La'; value error, no time zone; use a name such as Asia/Shanghai",
        ),
        (
            "review_cost_minor = 400",
            "review_cost = 400",
            "costs.review_cost: unknown key; did you mean costs.review_cost_minor?",
        ),
        ("[actions]", "[action]", "action: unknown key; did you mean actions?"),
        ("at_most = 3", "zzz = 3", "reasons.zzz: unknown key; use one of at_most, least_share, language, or take it"),
        ("review_cost_minor = 400", "", "costs.review_cost_minor: missing; add it"),
        ("[review]", "[costs.review]", "costs.review: unknown key"),
        ("review_cost_minor = 400", "review_cost_minor = 4.5", "costs.review_cost_minor: is 4.5; input should be"),
        ("review_cost_minor = 400", "review_cost_minor = 400.0", "costs.review_cost_minor: is 400.0; input should"),
        ("review_cost_minor = 400", "review_cost_minor = true", "costs.review_cost_minor: is True; input should be"),
        ("review_cost_minor = 400", 'review_cost_minor = "4"', "costs.review_cost_minor: is '4'; input should be"),
        ("review_cost_minor = 400", "review_cost_minor = -1", "greater than or equal to 0"),
        ("review_cost_minor = 400", "review_cost_minor = 1_000_000_000_001", "less than or equal to 1000000000000"),
        ("sensitivity = 0.85", "sensitivity = 1.1", "review.sensitivity: is 1.1; input should be less than or equal"),
        ("sensitivity = 0.85", "sensitivity = nan", "review.sensitivity: is nan; input should be a finite number"),
        ("sensitivity = 0.85", "sensitivity = 2026-02-01", "review.sensitivity: is datetime.date(2026, 2, 1); input"),
        ('"consent", ', '"consensus", ', "authorities.kinds.0: is 'consensus'; input should be 'consent'"),
        ('language = "zh-CN"', 'language = "fr"', "reasons.language: is 'fr'; input should be 'en' or 'zh-CN'"),
        ('currency = "CNY"', 'currency = "yuan"', "currency: is 'yuan'; string should match pattern"),
        ('currency = "CNY"', 'currency = "CNY"\ncosts = 3', "not TOML"),
    ],
)
def test_mistake_in_a_policy_is_named_in_one_line(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """File, key and what to do stand in the message."""
    assert old in DEFAULT_TEXT
    file = put_policy(tmp_path, DEFAULT_TEXT.replace(old, new, 1))
    with pytest.raises(PolicyError) as caught:
        read_policy(file)
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_syntax_error_is_named_with_its_line(tmp_path: Path) -> None:
    """What isn't TOML is found by its line."""
    with pytest.raises(PolicyError, match=r"not TOML: .*line 2"):
        read_policy(put_policy(tmp_path, 'currency = "CNY"\n[costs\n'))


def test_file_that_cant_be_read_is_named(tmp_path: Path) -> None:
    """A missing file, a folder and a file in another encoding are each one line."""
    with pytest.raises(PolicyError, match="No such file"):
        read_policy(tmp_path / "none.toml")
    with pytest.raises(PolicyError, match="can't be read"):
        read_policy(tmp_path)
    (tmp_path / "policy.toml").write_bytes("currency = 'é'".encode("latin-1"))
    with pytest.raises(PolicyError, match="not UTF-8"):
        read_policy(tmp_path / "policy.toml")


def test_policy_cant_be_changed_after_reading() -> None:
    """A decision's policy stays what its version says."""
    policy: Policy = read_policy(default_policy_path())
    with pytest.raises(ValidationError):
        policy.costs.review_cost_minor = 0  # type: ignore[misc]


def test_copy_of_a_policy_has_its_own_version_and_zone() -> None:
    """What was derived from the policy that was copied doesn't stick to the copy."""
    policy = read_policy(default_policy_path())
    version, zone = policy.version, policy.zone
    copy = policy.model_copy(update={"time_zone": "UTC"})
    assert copy.zone.key == "UTC"
    assert copy.version != version
    assert policy.zone is zone
