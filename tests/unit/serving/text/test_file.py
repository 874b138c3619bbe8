"""A reader's file gives back the very reader, or says what is wrong with it."""

from __future__ import annotations

import base64
import json

import pytest

from serving.text.file import from_json, to_json
from tests.unit.serving.small_reader import small_reader

READER = small_reader()


def test_reader_read_back_is_the_same_to_the_bit() -> None:
    """Through text and back, nothing is rounded."""
    again = from_json(json.loads(json.dumps(to_json(READER))))
    assert again == READER
    text = "it came BROKEN, 碎了一地"
    assert again.probabilities(text).tobytes() == READER.probabilities(text).tobytes()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"grams": "0" * 16}, "this release reads texts as"),
        ({"grams": None}, "this release reads texts as"),
        ({"reasons": ["damaged"]}, "reasons aren't the claim reasons of this release"),
        ({"step": "1"}, "intercepts and step must be numbers"),
        ({"step": True}, "intercepts and step must be numbers"),
        ({"step": -1}, "step is -1"),
        ({"intercepts": 0}, "intercepts and step must be numbers"),
        ({"intercepts": [0.0]}, "intercepts must be 11 finite numbers"),
        ({"weights": "?"}, "weights: not base64"),
        ({"weights": 7}, "weights: not base64|weights have shape"),
        ({"weights": base64.b64encode(b"123").decode()}, "weights: not base64 of whole numbers"),
        ({"weights": base64.b64encode(b"12").decode()}, "weights: 1 numbers don't divide among 11 reasons"),
        ({"buckets": None}, "buckets: not base64"),
        ({"buckets": ""}, "no n-gram has a weight"),
        ({"surprise": 1}, "needs exactly the keys"),
    ],
)
def test_file_that_is_wrong_is_refused_by_name(changes: dict[str, object], complaint: str) -> None:
    """Each part is checked before it is used."""
    with pytest.raises(ValueError, match=complaint):
        from_json({**to_json(READER), **changes})


@pytest.mark.parametrize("content", [[], "text", 1, {}])
def test_file_that_is_no_reader_is_refused(content: object) -> None:
    """Other JSON is no reader."""
    with pytest.raises(ValueError, match="needs exactly the keys"):
        from_json(content)
