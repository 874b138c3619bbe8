"""The checks of markup find what they are for, and leave what is right alone."""

import pytest

from tests.unit.serving.console.markup import complaints_of, marked

RIGHT = """{% macro token() %}<input type="hidden" name="csrf" value="{{ csrf }}">{% endmacro %}
<h1>{{ t('a.b') }}</h1>
<form method="post"><input type="hidden" name="csrf" value="{{ csrf }}">
<label>{{ t('a.c') }} <input name="x"></label>
<label for="y{{ n }}">{{ t('a.d') }}</label><select id="y{{ n }}"></select>
<textarea aria-label="{{ t('a.e') }}"></textarea></form>
<form method="post">{{ token() }}</form>
<form method="dialog"><button>{{ t('a.f') }}</button></form>
<svg role="img"><title>{{ t('a.g') }}</title><rect class="raises"/></svg><svg aria-hidden="true"/>
<kbd>Enter</kbd> <img alt="" src="x"> · – 3 %
<table><tr><th scope="col">{{ 'x' if {'a': '}'} }}</th></tr></table>
"""


def test_template_that_is_right_has_nothing_to_complain_about():
    """Labels around, before and in attributes, marked-out Jinja, drawings with names."""
    assert list(complaints_of(marked(RIGHT), is_template=True)) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('<p style="color: red">', "has its style"),
        ("<style>p {}</style>", "has its style"),
        ("<script>go()</script>", "has no src"),
        ('<script src="x">go()</script>', "within the page"),
        ('<a onclick="go()">', "has onclick"),
        ('<a href="javascript:go()">', "leads to a script"),
        ('<form method="post"><button></button></form>', "no csrf field"),
        ('<input type="hidden" name="csrf"><form method="POST"></form>', "no csrf field"),
        ('<input name="x">', "no label"),
        ('<label for="z"></label><select id="y"></select>', "no label"),
        ("<textarea></textarea>", "no label"),
        ('<img src="x">', "no alt"),
        ("<svg><rect/></svg>", "says nothing"),
        ("<th>", "no scope"),
        ("<p>Take it</p>", "belong into texts/"),
        ("<p>领取</p>", "belong into texts/"),
        ('<input aria-label="Amount">', "in aria-label of <input>"),
    ],
)
def test_template_that_is_wrong_is_told_with_its_line(wrong, said):
    """What is wrong is found behind Jinja of several lines, at its own line."""
    source = "{# one\ntwo #}\n{% if\n  x -%}\n\n" + wrong + "{% endif %}"
    found = list(complaints_of(marked(source), is_template=True))
    assert [each for each in found if each.startswith("line 6: ") and said in each], found


def test_page_that_is_rendered_may_have_words():
    """Only templates keep their words elsewhere."""
    assert list(complaints_of("<h1>The queue</h1>")) == []
