"""Both languages say everything, and leave the same places to fill in."""

import pytest

from serving.console.languages import LANGUAGES, TextsError, read_texts, texts_of


def test_texts_of_the_house_are_there_in_both_languages():
    """Reading them finds no gap, and none is empty."""
    english, chinese = (texts_of(language) for language in LANGUAGES)
    assert english.keys == chinese.keys
    assert english("common.minutes", minutes=5) == "5 min"
    assert chinese("common.minutes", minutes=5) == "5 分钟"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[one]\nen = "a"\n', "one: give it in each"),
        ('[one]\nen = "a {x}"\nzh-CN = "b {y}"\n', "different places"),
        ('one = "a"\n', "one: give it in each"),
    ],
)
def test_text_that_lacks_a_language_or_a_place_is_named(tmp_path, text, said):
    """A translator is told which one it is."""
    (tmp_path / "area.toml").write_text(text)
    with pytest.raises(TextsError, match=said):
        read_texts(tmp_path)
