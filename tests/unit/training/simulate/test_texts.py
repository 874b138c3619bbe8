"""Simulated texts: of the language and reason asked for, the same from the same rng, and some frames kept back."""

from __future__ import annotations

import re
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pytest

from features.events import CLAIM_REASONS, EVENT_FIELDS, complain
from training.simulate.texts import LANGUAGES, VOICES, write_texts
from training.simulate.texts.frames import Frame, read_phrases

TEXTS = 6_000
SCRIPTED = VOICES.index("scripted")
CHINESE, ENGLISH = (LANGUAGES.index(language) for language in ("zh-CN", "en"))


def write(seed: int = 3, texts: int = TEXTS, *, held_out: bool = False, **given: int) -> pa.Array:
    """Texts of random reasons, languages and voices, but for what is given, which is the same for all."""
    random = np.random.default_rng(100 + seed)
    drawn = {
        "about": random.integers(0, len(CLAIM_REASONS), texts),
        "language": random.integers(0, 2, texts),
        "voice": random.integers(0, 2, texts),
        "script": np.full(texts, -1),
    }
    fixed = {name: np.full(texts, value) for name, value in given.items()}
    return write_texts(np.random.default_rng(seed), **{**drawn, **fixed}, held_out=held_out)


def bare(text: str) -> str:
    """Without marks, fillers' ends and case."""
    return re.sub(r"\W+", "", text).lower()


def sentences(frame: Frame) -> set[str]:
    """The fixed words of a frame that say something."""
    return {words[0] for words in frame.parts if len(words) == 1 and len(words[0].strip()) > 1}


def test_texts_from_the_same_rng_are_the_same_and_from_another_are_others() -> None:
    """A world is made again from its seed."""
    assert write(seed=1).equals(write(seed=1))
    assert not write(seed=1).equals(write(seed=2))


def test_claims_about_nothing_have_no_text_and_all_others_have_one() -> None:
    """-1 is null, in its place; every other text is one that an event may carry."""
    about = np.tile([-1, 0, 3], 50)
    none = np.zeros(150, dtype=np.int64)
    texts = write_texts(np.random.default_rng(1), about=about, language=none, voice=none, script=none - 1).to_pylist()
    assert [text is None for text in texts] == (about == -1).tolist()
    spec = EVENT_FIELDS["claim_text"]
    assert [text for text in texts if text is not None and (complain(spec, text) or not text.strip())] == []


@pytest.mark.parametrize("language", [CHINESE, ENGLISH], ids=LANGUAGES)
def test_texts_are_written_in_the_language_asked_for(language: int) -> None:
    """Chinese has Chinese characters; English has none."""
    chinese = [bool(re.search(r"[\u4e00-\u9fff]", text)) for text in write(language=language).to_pylist()]
    assert np.mean(chinese) == pytest.approx(1.0 if language == CHINESE else 0.0, abs=0.02)


def test_texts_are_many_and_of_all_lengths() -> None:
    """Hardly a plain text is said twice, and a curt one is short."""
    plain, curt = (write(voice=VOICES.index(voice)).to_pylist() for voice in ("plain", "curt"))
    assert len(set(plain)) > 0.95 * TEXTS
    assert len(set(curt)) > 0.2 * TEXTS
    assert np.mean([len(text) for text in curt]) < 0.5 * np.mean([len(text) for text in plain])


def test_texts_of_one_script_share_their_words_and_differ_by_a_trifle() -> None:
    """One author's wording goes round, in whichever call it is written; marks and a filler word may change."""
    some = write(seed=1, texts=60, about=4, language=ENGLISH, voice=SCRIPTED, script=9).to_pylist()
    others = write(seed=2, texts=60, about=4, language=ENGLISH, voice=SCRIPTED, script=9).to_pylist()
    fillers = "|".join(filter(None, map(bare, read_phrases("en", held_out=False).fillers)))
    assert len({re.sub(f"(?:{fillers})?$", "", bare(text)) for text in some + others}) == 1
    assert len(set(some)) > 5


@pytest.mark.parametrize(("changed", "to"), [("script", 10), ("about", 5), ("language", CHINESE)])
def test_texts_of_another_script_reason_or_language_have_other_words(changed: str, to: int) -> None:
    """Each author has one wording for each reason and language."""
    one = {"about": 4, "language": ENGLISH, "voice": SCRIPTED, "script": 9}
    first, second = (write(texts=1, **given).to_pylist()[0] for given in (one, {**one, changed: to}))
    assert bare(first)[:10] != bare(second)[:10]


def test_scripted_voice_without_a_script_is_nobodys_wording() -> None:
    """-1 is no script that all of them would share."""
    assert len(set(write(texts=200, about=0, voice=SCRIPTED, script=-1).to_pylist())) > 150


@pytest.mark.parametrize("language", LANGUAGES)
def test_frames_held_out_are_a_quarter_and_none_of_those_in_use(language: str) -> None:
    """A reader can be tried on frames that it never saw."""
    used, kept = (read_phrases(language, held_out=held_out).frames for held_out in (False, True))
    for of_used, of_kept in zip(used, kept, strict=True):
        for mine, theirs in ((of_used.plain, of_kept.plain), (of_used.curt, of_kept.curt)):
            assert not set(mine) & set(theirs)
            assert 0.15 < len(theirs) / (len(mine) + len(theirs)) < 0.3
        assert len(of_used.plain) + len(of_kept.plain) >= 25


def test_texts_held_out_come_of_other_frames_than_all_others() -> None:
    """What only a held-out frame says is in held-out texts, and in no other."""
    kept = [words for frame in read_phrases("en", held_out=True).frames[0].plain for words in sentences(frame)]
    given = {"about": 0, "language": ENGLISH, "voice": 0}
    ordinary, held_out = ("\n".join(write(held_out=each, **given).to_pylist()) for each in (False, True))
    for words in (" claims to have ", " has been delivered to "):
        assert words in kept
        assert words in held_out
        assert words not in ordinary


def test_texts_have_slips_of_the_finger_now_and_then() -> None:
    """Among the same few words there are many spellings, and still most are right."""
    texts = [text.strip(".!") for text in write(about=7, language=ENGLISH, voice=1).to_pylist()]
    assert 0.002 < np.mean(["expierd" in text or "exipred" in text or "expird" in text for text in texts]) < 0.2
    assert np.mean(["expired" in text.lower() for text in texts]) > 0.2


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"about": 11}, "about: 11 to 11 given; use -1 to 10"),
        ({"language": 2}, "language: 2 to 2 given; use 0 to 1"),
        ({"voice": -1}, "voice: -1 to -1 given; use 0 to 2"),
        ({"script": -2}, "script: -2 to -2 given; use -1 to"),
    ],
)
def test_number_out_of_range_is_refused_by_name(given: dict[str, int], complaint: str) -> None:
    """A wrong index is no other reason's text."""
    with pytest.raises(ValueError, match=re.escape(complaint)):
        write(**given)


def test_shapes_that_differ_are_refused() -> None:
    """One number per claim, each time."""
    one, two = np.zeros(1, dtype=np.int64), np.zeros(2, dtype=np.int64)
    with pytest.raises(ValueError, match=r"voice: has shape \(2,\), about has \(1,\)"):
        write_texts(np.random.default_rng(1), about=one, language=one, voice=two, script=one)


def test_no_claims_make_no_texts() -> None:
    """Nothing in, nothing out."""
    none = np.zeros(0, dtype=np.int64)
    assert len(write_texts(np.random.default_rng(1), about=none, language=none, voice=none, script=none)) == 0


def test_data_files_are_part_of_the_package() -> None:
    """An installed package finds them too: they lie in it, and are found as its resources."""
    package = files("training.simulate.texts")
    assert {each.name for each in package.iterdir() if each.name.endswith(".toml")} == {"en.toml", "zh_cn.toml"}
