"""A text reader as JSON, for a bundle: arrays as base64 of little-endian numbers, everything checked when read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from features.events import CLAIM_REASONS
from serving.text.grams import fingerprint
from serving.text.reader import TextReader

_KEYS: Final = ("grams", "reasons", "step", "intercepts", "buckets", "weights")


def to_json(reader: TextReader) -> dict[str, object]:
    """A reader as JSON takes it. `from_json` gives back an equal one, bit for bit."""
    return {
        "grams": fingerprint(),
        "reasons": list(CLAIM_REASONS),
        "step": reader.step,
        "intercepts": reader.intercepts.tolist(),
        "buckets": base64.b64encode(reader.buckets.astype("<i4").tobytes()).decode(),
        "weights": base64.b64encode(reader.weights.astype("<i2").tobytes()).decode(),
    }


def from_json(content: object) -> TextReader:
    """Read what `to_json` wrote.

    Raises:
        ValueError: a key is missing or unknown, its value is of another kind, or the reader was fitted on n-grams or
            claim reasons that aren't those of this release.
    """
    if not isinstance(content, Mapping) or set(content) != set(_KEYS):
        raise ValueError(f"needs exactly the keys {', '.join(_KEYS)}")
    if content["grams"] != fingerprint():
        raise ValueError(f"grams {content['grams']!r:.40}: this release reads texts as {fingerprint()}; train again")
    if content["reasons"] != list(CLAIM_REASONS):
        raise ValueError("reasons aren't the claim reasons of this release, in their order; train again")
    intercepts, step = content["intercepts"], content["step"]
    if not isinstance(intercepts, list) or not all(type(each) in {int, float} for each in [*intercepts, step]):
        raise ValueError("intercepts and step must be numbers")
    weights = _numbers(content["weights"], "weights", np.dtype("<i2"))
    if len(weights) % len(CLAIM_REASONS):
        raise ValueError(f"weights: {len(weights)} numbers don't divide among {len(CLAIM_REASONS)} reasons")
    return TextReader(
        _numbers(content["buckets"], "buckets", np.dtype("<i4")).astype(np.int32),
        weights.astype(np.int16).reshape(-1, len(CLAIM_REASONS)),
        float(step),
        np.array(intercepts, dtype=np.float64),
    )


def _numbers(text: object, name: str, dtype: np.dtype[np.signedinteger]) -> npt.NDArray[np.signedinteger]:
    try:
        return np.frombuffer(base64.b64decode(str(text), validate=True), dtype=dtype)
    except (ValueError, binascii.Error) as error:
        raise ValueError(f"{name}: not base64 of whole numbers ({error})") from error
