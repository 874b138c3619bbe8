"""What the case page says of a column fits the value that stands beside it."""

from __future__ import annotations

import pytest

from features.plan import default_plan
from serving.claim import Language
from serving.console.case_words import CaseWords
from serving.console.visit import Visit
from serving.dossier.weighing import ReasonShown
from serving.text.columns import TEXT_COLUMNS
from tests.unit.serving.console.visiting import NOW_MS, desk_of

COLUMNS = {column.name: column for column in (*default_plan().columns, *TEXT_COLUMNS)}


def told(name: str, value: float | None, language: Language) -> tuple[str, str]:
    """What is said of a column, and of what it held."""
    column = COLUMNS[name]
    meaning = column.meaning.zh if language == "zh-CN" else column.meaning.en
    reason = ReasonShown(
        code="c", text="t", direction="raises", change=0.1, share=1.0, column=name, meaning=meaning, unit=column.unit,
        value=value, unusual=None,
    )  # fmt: skip
    nothing: dict[str, str] = {}
    visit = Visit(
        desk=desk_of(),
        path="",
        values=nothing,
        query=nothing,
        form=nothing,
        cookies=nothing,
        csrf="",
        language=language,
    )
    words = CaseWords(visit, NOW_MS)
    return words.meaning(reason), words.held(reason)


@pytest.mark.parametrize(
    ("name", "value", "english", "chinese"),
    [
        ("buyer_seconds_since_claims", 18_180.0, ("claims filed, time since the last", "5 h 3 min"),
         ("距上次售后申请的时间", "5 小时 3 分钟")),
        ("buyer_refund_only_share_90d", 0.41, ("share of claims that ask for refund-only, last 90 days", "41 %"),
         ("仅退款申请占比（近90天）", "41 %")),
        ("claim_text_disagreement", 0.41,
         ("probability that the text tells of another reason than the one stated", "41 %"),
         ("文字内容与所选理由不一致的概率", "41 %")),
        ("claim_amount_to_usual_claim_365d", 1.41,
         ("amount claimed, in terms of the buyer's mean claim, last 365 days", "1.41"),
         ("申请金额与该买家平均申请金额之比（近365天）", "1.41")),
        ("buyer_refund_only_share_90d", None,
         ("share of claims that ask for refund-only, last 90 days", "nothing known"),
         ("仅退款申请占比（近90天）", "未知")),
    ],
)  # fmt: skip
def test_words_of_a_column_fit_its_value(
    name: str, value: float | None, english: tuple[str, str], chinese: tuple[str, str]
) -> None:
    """A time isn't called seconds before hours, and a share is told in percent; a ratio beyond 1 isn't."""
    assert told(name, value, "en") == english
    assert told(name, value, "zh-CN") == chinese


def test_no_words_beside_a_time_speak_of_seconds() -> None:
    """Whatever column of the catalogue it is."""
    for name, column in COLUMNS.items():
        said = told(name, 1.0, "en")[0], told(name, 1.0, "zh-CN")[0]
        assert column.unit != "seconds" or ("seconds" not in said[0] and "秒" not in said[1])
