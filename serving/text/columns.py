"""What the abuse model takes of a claim's text: columns that stand after those of the catalogue.

The catalogue knows no model, and these come out of one; so they are defined here. They are made when a claim is
scored, and the feature vector that a store logs is without them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from features.arrays import Floats
from features.columns import Column
from features.definition import Direction, Reason, Text
from features.events import CLAIM_REASONS
from serving.text.grams import grams, plain
from serving.text.reader import TextReader

CLAIM_TEXT: Final = Reason(
    "claim_text", Text("What the buyer wrote, against the reason given", "买家所写内容与所选理由的关系")
)

DISAGREEMENT: Final = "claim_text_disagreement"
TEXT_COLUMNS: Final = (
    *(
        Column(
            f"claim_text_says_{reason}",
            CLAIM_TEXT,
            Direction.EITHER,
            Text(
                f"probability that the text tells of: {reason.replace('_', ' ')}", f"文字内容属于该理由的概率：{reason}"
            ),
            "ratio",
        )
        for reason in CLAIM_REASONS
    ),
    Column(
        DISAGREEMENT,
        CLAIM_TEXT,
        Direction.EITHER,
        Text("probability that the text tells of another reason than the one stated", "文字内容与所选理由不一致的概率"),
        "ratio",
    ),
)


def has_words(text: str | None) -> bool:
    """Whether a claim has a text, with something in it beside white space."""
    return text is not None and plain(text) != ""


def text_values(reader: TextReader, text: str | None, stated: str) -> Floats:
    """The values of `TEXT_COLUMNS` for one claim; NaN where it has no text. Shape (columns,).

    Args:
        reader: what reads it.
        text: what the buyer wrote.
        stated: the claim reason that was stated, one of `CLAIM_REASONS`.
    """
    values = np.full(len(TEXT_COLUMNS), np.nan)
    numbers = grams(text or "")
    if len(numbers):
        values[:-1] = reader.of_grams(numbers)
        values[-1] = 1 - values[CLAIM_REASONS.index(stated)]
    return values
