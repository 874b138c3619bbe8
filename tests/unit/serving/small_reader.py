"""A reader of texts that tests can see through: a few words speak for a reason each, and nothing else does."""

from __future__ import annotations

import numpy as np

from features.events import CLAIM_REASONS
from serving.text.grams import grams
from serving.text.reader import TextReader

WORDS = {"broken": "damaged", "碎了": "damaged", "fake": "counterfeit", "假货": "counterfeit", "late": "late_delivery"}


def small_reader() -> TextReader:
    """Of each text with a word of `WORDS`, it finds that word's reason likeliest."""
    white_space = set(grams("0").tolist())
    speaks = {number: reason for word, reason in WORDS.items() for number in grams(word).tolist()}
    buckets = sorted(speaks.keys() - white_space)
    weights = np.zeros((len(buckets), len(CLAIM_REASONS)), dtype=np.int16)
    weights[range(len(buckets)), [CLAIM_REASONS.index(speaks[number]) for number in buckets]] = 1000
    return TextReader(np.array(buckets, dtype=np.int32), weights, 0.01, np.zeros(len(CLAIM_REASONS)))
