"""The catalogue in words."""

from features.catalog import reasons
from features.catalog.entities import ADDRESS, BUYER, BUYER_MERCHANT, DEVICE, EVIDENCE
from features.catalog.measures import BUYERS, CLAIMS
from features.catalog_text import as_lines, as_markdown
from features.definition import (
    ClaimAmount,
    Direction,
    Link,
    LinkGroup,
    RecencyGroup,
    Ring,
    Shared,
    Text,
    TotalGroup,
    Window,
)
from features.plan import compile_plan

REASON = reasons.BUYER_ORDERS
GANG = Ring("gang", BUYER, (Shared(DEVICE, BUYERS, 20), Shared(ADDRESS, BUYERS, 6)), most_things=7, largest=8)
PLAN = compile_plan(
    [
        ClaimAmount("units", "quantity", Text("units | pieces", "件数"), REASON),
        TotalGroup(BUYER, (CLAIMS,), (Window.ever(),), REASON, Direction.RAISES),
        RecencyGroup(BUYER_MERCHANT, (CLAIMS,), REASON),
        RecencyGroup(EVIDENCE, (CLAIMS,), REASON),
        RecencyGroup(DEVICE, (CLAIMS,), REASON),
        RecencyGroup(ADDRESS, (CLAIMS,), REASON),
        TotalGroup(GANG, (CLAIMS,), (Window.days(7),), REASON),
        RecencyGroup(BUYER, (CLAIMS,), REASON),
        LinkGroup(Link.RING_SIZE, Text("members", "成员"), REASON),
    ],
    (BUYER, BUYER_MERCHANT, EVIDENCE, DEVICE, ADDRESS),
    [GANG],
)


def sections() -> dict[str, str]:
    """The page's sections by their headings."""
    parts = as_markdown(PLAN).split("\n## ")[1:]
    return {part.splitlines()[0]: part for part in parts}


def test_page_has_a_section_for_the_claim_each_entity_and_the_ring():
    """Columns stand with those whose they are, wherever the catalogue names them."""
    assert list(sections()) == ["claim", "buyer", "buyer_merchant", "evidence", "device", "address", "ring"]
    assert [line.split("`")[1] for line in sections()["buyer"].splitlines() if line.startswith("| `")] == [
        "buyer_claims_ever",
        "buyer_seconds_since_claims",
    ]
    assert [line.split("`")[1] for line in sections()["ring"].splitlines() if line.startswith("| `")] == [
        "gang_claims_7d",
        "ring_size",
    ]


def test_sections_say_what_is_looked_at():
    """By which ids, of several the largest, and within which limits."""
    assert "What was known of the claim's `buyer_id` and `merchant_id`." in sections()["buyer_merchant"]
    assert "each of the claim's `evidence_hashes`; the largest number counts." in sections()["evidence"]
    ring = sections()["ring"]
    assert "device (20), address (6)" in ring
    assert "8 buyers at most" in ring
    assert "more than 7 of these" in ring


def test_row_of_a_column_says_all_of_it():
    """Unit, direction, reason code and both meanings; a bar in a meaning doesn't break the table."""
    row = "| `buyer_claims_ever` | count | raises | `buyer_orders` | claims filed, ever | 售后申请数（历史累计） |"
    assert row in sections()["buyer"].splitlines()
    assert r"| `claim_units` | count | either | `buyer_orders` | units \| pieces | 件数 |" in sections()["claim"]


def test_lines_for_a_terminal_name_the_catalogue_and_every_column():
    """One line each, in the model's order."""
    head, *lines = as_lines(PLAN)
    assert head == f"{len(PLAN.columns)} columns, catalogue {PLAN.catalog_hash}"
    assert [line.split()[0] for line in lines] == list(PLAN.names)


def test_text_of_an_empty_catalogue_is_a_head_alone():
    """Nothing to say is no error."""
    empty = compile_plan([], [])
    assert list(as_lines(empty)) == [f"0 columns, catalogue {empty.catalog_hash}"]
    assert "## " not in as_markdown(empty)
