"""Placeholders: what they can say, what they can't do, and what is left when they fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.template import FILTERS, LONGEST, Context, Names, TemplateFault, check, render, render_rest

CONTACT = {"first_name": "", "name": "Ana Lima", "email": "ana@example.org", "items": 3, "age": 41.5}
NAMES: Context = {
    "contact": Names(CONTACT.get),
    "field": Names({"team": "Sales", "my-field": "yes", "zero": 0}.get),
    "segment": Names({"tips": Names({"name": "Tips"}.get)}.get),
    "bot": Names({"name": "Care"}.get),
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Plain { text } with 100 % of it", "Plain { text } with 100 % of it"),
        ("Hi {{ contact.name }}\n", "Hi Ana Lima\n"),
        ("Hi {{ contact.first_name | default('there') }}", "Hi there"),
        ("Hi {{ contact.nickname | default('there') }}", "Hi there"),
        ("{{ field.zero | default('none') }}", "0"),
        ("{{ field['my-field'] }}", "yes"),
        ("{{ contact.items }}", "3"),
        ("{{ segment.tips.name | upper }} of {{ bot.name }}", "TIPS of Care"),
        ("{% if field.team == 'Sales' %}Sell{% else %}Care{% endif %}", "Sell"),
        ("{{ 'Hello' if contact.age > 40 else 'Hey' }}", "Hello"),
        ("{{ contact.age | round }}", "42"),
        ("{{ contact.items * 7 }} and {{ contact.items * 0.1 }}", "21 and 0.3"),
        ("{{ contact.age / contact.items | int }} of {{ (6 + 4) / 2 }}", "13.8333333333 of 5"),
        ("{{ (contact.age / 3) | round(1) }}", "13.8"),
        ("{{ contact.name | truncate(5, true, '…') }}", "Ana Lima"),
        ("{# a note for builders #}Hi", "Hi"),
        ("<b>{{ bot.name }}</b>", "<b>Care</b>"),
    ],
)
def test_what_a_placeholder_says(text: str, said: str) -> None:
    assert check(text) is None
    assert render(text, NAMES) == said


@pytest.mark.parametrize(
    ("text", "problem", "rest"),
    [
        ("Hi {{ contact.nickname }}!", "`nickname` is not known", "Hi !"),
        ("{{ segment.gone.name }} for {{ bot.name }}", "`gone` is not known", " for Care"),
        ("{{ contact.name | round }} for {{ bot.name }}", "could not convert", " for "),
        ("{{ contact }}!", "name of one thing", "!"),
        ("{{ bot.name.upper }}", "`upper` is not known", ""),
        ("{{ contact.items / field.zero }} of {{ bot.name }}", "divided by zero", " of "),
        ("{{ contact.name * 1000000 }}!", r"`\*` takes two numbers", "!"),
        ("{{ 3 * 'a' }}!", r"`\*` takes two numbers", "!"),
        ("{{ 10000000000000000 * 2 }}!", r"`\*` takes two numbers", "!"),
        ("{{ contact.gone / 2 }}!", "`gone` is not known", "!"),
    ],
)
def test_a_placeholder_that_can_not_be_filled_in_is_a_fault_of_this_person_or_flow(
    text: str, problem: str, rest: str
) -> None:
    with pytest.raises(TemplateFault, match=problem):
        render(text, NAMES)
    assert render_rest(text, NAMES) == rest


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Hi {{ contact.name", "can't be read"),
        ("{% if contact.name %}never closed", "can't be read"),
        ("{{ person.name }}", "`person` is not known"),
        ("{{ contact.name | shout }}", "no filter `shout`"),
        ("{{ contact.name is upper }}", "no test `upper`"),
        ("{{ contact.__class__ }}", "`__class__` is not known"),
        ("{{ contact['name'].__class__.__mro__ }}", "is not known"),
        ("{{ contact[contact.name] }}", "a name in quotes"),
        ("{% for x in contact %}{{ x }}{% endfor %}", "can't be used"),
        ("{% set x = 1 %}", "can't be used"),
        ("{% include 'other' %}", "can't be used"),
        ("{{ contact.name.upper() }}", "`call` can't be used"),
        ("{{ 10 ** 1000000000 }}", "`pow` can't be used"),
        ("{{ '%1000000000d' % 1 }}", "`mod` can't be used"),
        ("{{ range(1000000000) }}", "can't be used"),
        ("{{ [1, 2] }}", "`list` can't be used"),
        ("{{ now }}", "`now` is not known"),
        ("{{ " + "(" * 500 + "1" + ")" * 500 + " }}", "can't be read"),
        ("{{ bot.name }}" + "x" * LONGEST, "longer than"),
    ],
)
def test_what_can_never_render_is_told_before_a_push(text: str, problem: str) -> None:
    assert problem in (check(text) or "")
    with pytest.raises(TemplateFault):
        render(text, NAMES)
    rest = render_rest(text, NAMES)
    assert "{{" not in rest
    assert "{%" not in rest


def test_no_filter_brings_chance_or_size_in() -> None:
    assert not FILTERS & {"random", "center", "indent", "format", "wordwrap", "replace", "xmlattr", "map", "attr"}


def test_what_a_person_is_called_is_not_taken_for_a_placeholder() -> None:
    names = {**NAMES, "contact": Names({"name": "{{ bot.name }}"}.get)}
    assert render("Hi {{ contact.name }}", names) == "Hi {{ bot.name }}"


def test_a_text_that_comes_out_too_long_is_a_fault() -> None:
    names = {**NAMES, "contact": Names({"name": "x" * LONGEST}.get)}
    with pytest.raises(TemplateFault, match="comes out longer"):
        render("Hi {{ contact.name }}", names)


pieces = st.sampled_from(
    ("{{", "}}", "{%", "%}", "{#", "#}", "contact", ".name", " | default('x')", "if", "endif", "(", ")", "'", "*", "9")
)


@given(st.lists(pieces | st.text(max_size=4), max_size=12).map("".join))
def test_any_text_renders_or_is_a_fault(text: str) -> None:
    problem = check(text)
    try:
        render(text, NAMES)
    except TemplateFault:
        rest = render_rest(text, NAMES)
        assert "{{" not in rest
        assert "{%" not in rest
    else:
        assert problem is None
