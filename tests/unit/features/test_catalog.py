"""The features that there are, held to what everybody relies on."""

import pytest

from features.catalog import CATALOG, ENTITIES, RINGS, measures, reasons
from features.columns import columns_of
from features.definition import (
    ClaimAmount,
    ClaimCategory,
    ClaimElapsed,
    ClaimGap,
    ClaimShare,
    Measure,
    Reason,
    Text,
    UsualGroup,
)
from features.events import EVENT_FIELDS, KIND_FIELDS, EventKind, FieldType
from features.facts import FACT_FIELDS
from features.plan import EntityPlan, default_plan

REASONS = [value for value in vars(reasons).values() if isinstance(value, Reason)]
MEASURES = list(
    dict.fromkeys(
        measure
        for value in vars(measures).values()
        for measure in (value if isinstance(value, tuple) else [value])
        if isinstance(measure, Measure)
    )
)


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def says_something(text: Text) -> bool:
    """Whether a text is there in both languages, each in its own script."""
    return text.en.isascii() and text.en.strip() == text.en != "" and is_chinese(text.zh)


def test_reasons_speak_both_languages():
    """Whoever reads a reason reads it in English or in Chinese."""
    assert len(REASONS) >= 10
    assert [reason.code for reason in REASONS if not says_something(reason.text)] == []


def test_codes_of_reasons_are_unique():
    """A code is an id: stable, and of one reason."""
    codes = [reason.code for reason in REASONS]
    assert len(set(codes)) == len(codes)
    assert all(code.isidentifier() and code.islower() for code in codes)


def test_reasons_are_all_used():
    """A reason that no feature speaks under is dead words."""
    assert {column.reason for column in default_plan().columns} == set(REASONS)


def test_columns_have_a_reason_and_a_meaning_in_both_languages():
    """Whatever moves a probability can be explained."""
    columns = default_plan().columns
    assert [column.name for column in columns if not says_something(column.reason.text)] == []
    assert [column.name for column in columns if not says_something(column.meaning)] == []


def test_columns_are_unique_and_named_like_identifiers():
    """Names go into files, charts and LightGBM: lower case, no surprises."""
    names = default_plan().names
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name.islower() for name in names)


def test_columns_are_as_many_as_a_person_can_look_over():
    """Enough to see abuse, few enough to fetch within a millisecond."""
    assert 150 <= len(default_plan().columns) <= 250
    assert len(default_plan().columns) == sum(len(columns_of(group)) for group in CATALOG)


def test_units_of_columns_are_known():
    """Whoever draws or documents columns knows every unit."""
    assert {column.unit for column in default_plan().columns} == {
        "minor",
        "count",
        "ratio",
        "rating",
        "bits",
        "hours",
        "seconds",
        "flag",
    }


def test_entities_have_unique_names_and_codes():
    """A code marks rows in a store: two entities with one code would share a history."""
    assert len({entity.code for entity in ENTITIES}) == len(ENTITIES)
    assert len({entity.name for entity in ENTITIES}) == len(ENTITIES)
    assert len({entity.id_fields for entity in ENTITIES}) == len(ENTITIES)
    assert all(entity.code.isidentifier() for entity in ENTITIES)


def test_entities_are_named_by_id_fields():
    """An entity is named by ids, and by ids alone; only of pictures does an event carry several."""
    for entity in ENTITIES:
        types = {EVENT_FIELDS[field].type for field in entity.id_fields}
        assert types == ({FieldType.HASHES} if entity.many else {FieldType.ID})


@pytest.mark.parametrize("plan", default_plan().entities, ids=lambda plan: plan.entity.name)
def test_entities_can_be_touched_by_every_event_that_they_count(plan: EntityPlan):
    """Every event that counts can carry the ids of all whose history it belongs to, or a total would stay zero."""
    for kind in {kind for measure in plan.measures for kind in measure.kinds}:
        assert set(plan.entity.id_fields) <= {*KIND_FIELDS[kind].required, *KIND_FIELDS[kind].optional}


def test_every_kind_of_event_moves_a_total():
    """What the platform is asked to report is made use of."""
    counted = {kind for plan in default_plan().entities for measure in plan.measures for kind in measure.kinds}
    assert counted == set(EventKind)


def test_measures_are_all_used():
    """What is declared and counted by nobody is dead words."""
    used = {measure for plan in default_plan().entities for measure in plan.measures}
    assert [measure.name for measure in MEASURES if measure not in used] == []


def test_measures_have_unique_names_and_speak_both_languages():
    """What is counted is counted under one name, and can be read."""
    names = [measure.name for measure in MEASURES]
    assert len(set(names)) == len(names)
    assert [measure.name for measure in MEASURES if not says_something(measure.meaning)] == []


def test_measures_of_money_say_so_in_their_names():
    """A name carries its unit."""
    for measure in MEASURES:
        assert measure.name.endswith("_minor") == (measure.unit == "minor")


def test_directions_are_declared_only_where_more_is_never_better():
    """A monotone constraint is a promise to buyers: it stands on findings of deceit and nowhere else."""
    findings = ("abusive", "returns_swapped", "returns_empty", "pictures_of_others")
    raising = {column.name for column in default_plan().columns if column.direction != 0}
    assert {finding for finding in findings if any(finding in name for name in raising)} == set(findings)
    assert [name for name in raising if not any(finding in name for finding in findings)] == []


def test_claim_groups_read_facts_that_engines_carry():
    """What a claim's column is made from is among the facts that every engine hands on."""
    for group in CATALOG:
        match group:
            case ClaimAmount() | ClaimCategory() | UsualGroup():
                assert group.field in FACT_FIELDS
            case ClaimElapsed():
                assert group.since in FACT_FIELDS
            case ClaimGap():
                assert {group.start, group.end} <= set(FACT_FIELDS)
            case ClaimShare():
                assert {group.part, group.whole} <= set(FACT_FIELDS)
            case _:
                pass


def test_shared_things_of_a_ring_have_histories_of_their_own():
    """A ring joins kinds of entities that are kept, over counts that they keep."""
    plans = {plan.entity: plan.measures for plan in default_plan().entities}
    for ring in RINGS:
        assert ring.member in plans
        assert [shared.thing.name for shared in ring.shared if shared.meets not in plans[shared.thing]] == []
        assert ring.largest >= 2
        assert all(shared.most >= 2 for shared in ring.shared)
