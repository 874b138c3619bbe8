"""Each kind of abuse in a whole world: its own tell-tale, as far as events show it, and its imitation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.event_table import hash_bits

HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def claims(den) -> pd.DataFrame:
    """A row per claim of the den, with what the warehouse said, and how often the person lied."""
    said = den.of_kind("return_inspected").set_index("claim_id")["inspection"]
    claims = den.claims.assign(inspection=lambda rows: rows["claim_id"].map(said))
    claims["hours"] = (claims["known_at_ms"] - claims["order_delivered_at_ms"]) / HOUR_MS
    return claims


@pytest.fixture(scope="module")
def artless(claims) -> pd.DataFrame:
    """Honest claims, and lies that are told without care."""
    return claims[~claims["careful"]]


def of(claims: pd.DataFrame, story: str) -> pd.DataFrame:
    rows = claims[claims["story"] == story]
    assert len(rows) >= 10, story
    return rows


def test_denied_receipt_is_claimed_though_the_parcel_came(artless):
    """It says that nothing came, on dear goods, after the carrier has reported the delivery."""
    denied = of(artless, "denies_receipt")
    assert (denied["claim_reason"] == "not_received").all()
    assert denied["order_delivered_at_ms"].notna().all()
    assert denied["order_amount_minor"].median() > 8_000
    lost = of(artless, "lost_parcel")
    assert lost["order_delivered_at_ms"].isna().all()


def test_wardrobing_comes_back_late_and_used(artless):
    """Worn goods are sent back later than what was just regretted, and the warehouse sees that they were used."""
    worn, regretted = of(artless, "wardrobing"), of(artless, "change_of_mind")
    assert worn["hours"].median() > 1.2 * regretted["hours"].median()
    used = [(rows["inspection"].dropna() == "used").mean() for rows in (worn, regretted)]
    assert used[0] > 0.25
    assert used[1] < 0.12


def test_empty_or_swapped_returns_are_found_so(artless):
    """What comes back is mostly seen to be empty or another thing, as hardly ever with honest returns."""
    for story, least, most in (("empty_or_swapped_return", 0.5, 1.0), ("change_of_mind", 0.0, 0.05)):
        looked = of(artless, story)["inspection"].dropna()
        assert least <= looked.isin(["empty", "swapped"]).mean() <= most


def test_serial_refunds_are_many_on_cheap_goods(artless):
    """One person again and again, for little money, without sending anything back."""
    serial, denied = of(artless, "serial_refunds"), of(artless, "denies_receipt")
    assert serial.groupby("person").size().mean() > 1.5
    assert serial["order_amount_minor"].median() < 0.6 * denied["order_amount_minor"].median()
    assert (serial["claim_type"] == "refund_only").mean() > 0.7


def test_extortion_asks_for_parts(artless):
    """It wants a part of the money and no return, which few honest claims do."""
    for story, least, most in (("partial_refund_extortion", 0.75, 1.0), ("faulty_goods", 0.0, 0.4)):
        rows = of(artless, story)
        assert least <= (rows["amount_minor"] < rows["order_amount_minor"]).mean() <= most


def test_merchants_mostly_give_in_to_extortion(den, artless):
    """A threat works: merchants agree more than to honest trouble."""
    said = den.of_kind("merchant_responded").set_index("claim_id")["merchant_response"]
    agreed = {story: (of(artless, story)["claim_id"].map(said).dropna() == "agreed").mean()
              for story in ("partial_refund_extortion", "faulty_goods")}  # fmt: skip
    assert agreed["partial_refund_extortion"] > max(0.7, agreed["faulty_goods"])


def nearest_earlier_bits(claims: pd.DataFrame) -> pd.Series:
    """For each picture, in how few bits it differs from one of an earlier claim; indexed by claim."""
    rows = claims.sort_values("known_at_ms").dropna(subset="evidence_hashes")
    pictures = rows[["claim_id", "evidence_hashes"]].explode("evidence_hashes")
    bits = hash_bits(pictures["evidence_hashes"]).view(np.uint64)
    codes = pictures["claim_id"].factorize()[0]
    nearest = [
        np.bitwise_count(bits[: np.searchsorted(codes, code)] ^ word).min(initial=64)
        for word, code in zip(bits, codes, strict=True)
    ]
    return pd.Series(nearest, index=pictures["claim_id"].to_numpy())


def test_reused_evidence_was_seen_before(claims):
    """Pictures of forgers, serial abusers and rings are often near copies of earlier ones; others seldom are."""
    seen = (nearest_earlier_bits(claims) <= 3).groupby(level=0).any()
    known = claims.assign(seen=claims["claim_id"].map(seen)).dropna(subset="seen")
    artless = known[~known["careful"]]

    def share(rows: pd.DataFrame, *stories: str) -> float:
        return float(rows.loc[rows["story"].isin(stories), "seen"].astype(float).mean())

    honest = share(artless, "faulty_goods", "wrong_parcel", "change_of_mind", "misdelivered_parcel")
    assert honest < 0.12
    assert share(artless, "fake_evidence", "serial_refunds") > 2 * honest
    assert share(artless, "ring_script", "account_farm") > 4 * honest
    assert share(known[known["careful"]], "account_farm") < 0.7 * share(artless, "account_farm")


def test_rings_share_devices_or_addresses_or_payments(claims):
    """Most claims of a ring are made with something that another member uses too."""
    ringed = claims[claims["ring"].notna() & claims["abusive"]]
    alike = pd.concat(
        [ringed.groupby(["ring", sort])["person"].transform("nunique") > 1
         for sort in ("device_id", "address_id", "payment_id")], axis=1
    )  # fmt: skip
    assert ringed["ring"].nunique() > 5
    assert alike.any(axis=1).mean() > 0.5
    strangers = claims[claims["ring"].isna() & ~claims["abusive"]]
    assert (strangers.groupby("device_id")["person"].transform("nunique") > 2).mean() < 0.05


def test_collusion_sits_with_few_merchants_that_hardly_repay(den, artless):
    """All of it is with merchants that collude, and of what is advanced to them little comes back."""
    colluding = set(den.truth["merchants"].query("colludes")["merchant_id"])
    shared = of(artless, "collusion")
    assert set(shared["merchant_id"]) <= colluding
    assert len(colluding) <= 0.1 * len(den.truth["merchants"])
    settled = den.of_kind("advance_settled")
    back = settled["recovered_minor"].sum() / settled["amount_minor"].sum()
    theirs = settled[settled["merchant_id"].isin(colluding)]
    assert len(theirs) > 5
    assert theirs["recovered_minor"].sum() / theirs["amount_minor"].sum() < 0.2 < back


def test_account_farms_claim_on_first_orders_of_many_accounts(den, artless):
    """A farm's person goes through accounts, and most of its claims are on the first order of one."""
    first = den.of_kind("order_paid").drop_duplicates("buyer_id")["order_id"]
    on_first = artless["order_id"].isin(first).groupby(artless["story"]).mean()
    assert on_first["account_farm"] > 2 * on_first["change_of_mind"]
    accounts = artless.groupby(["story", "person"])["buyer_id"].nunique().groupby("story").mean()
    assert accounts["account_farm"] > 2
    assert accounts["change_of_mind"] < 1.1


@pytest.mark.parametrize(
    ("story", "imitated", "column", "word"),
    [
        ("account_farm", "faulty_goods", "claim_reason", "not_received"),
        ("account_farm", "faulty_goods", "claim_type", "refund_only"),
    ],
)
def test_careful_lie_gives_up_what_gave_it_away(claims, story, imitated, column, word):
    """Told with care, a lie has the reasons and types of the honest story in the place of its own."""
    careful = of(claims[claims["careful"]], story)
    honest = of(claims, imitated)
    plain = of(claims[~claims["careful"]], story)
    share = [(rows[column] == word).mean() for rows in (careful, honest, plain)]
    assert abs(share[0] - share[1]) < abs(share[2] - share[1])
