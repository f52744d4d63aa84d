"""What may be said of a person: each value has one limit and one form, whichever door it comes by."""

from collections import Counter
from random import Random

import phonenumbers
import pytest

from audiences.contact_values import checked_detail, checked_field, checked_name, field_value
from audiences.contacts import change_tags
from flows.model.bot import Bot
from flows.source.read import read_flow
from messages.errors import BadInput

FLOW = """
assent: "1"
bot: demo
name: Demo
languages: [en, de]
welcome: hi
default: hi
fields:
  age: {type: number}
  born: {type: date}
  mail: {type: email}
  team: {type: choice, choices: [Sales, {value: care, label: {en: Customer care, de: Kundendienst}}]}
messages:
  hi:
    parts:
      - {question: How big?, field: size, type: choice, choices: [S, M]}
      - {question: Which team?, field: team, type: choice, choices: [Sales]}
"""


@pytest.fixture
def flow() -> Bot:
    return read_flow(FLOW, "demo.yaml").bot


@pytest.mark.parametrize(
    "number",
    [
        "+33 6 12 34 56 78",
        "+1 (212) 555-0100",
        "+44 20 7946 0958 ext. 12",
        "+49 30 1234567 x 8",
        "tel:+33612345678",
        "06.12.34.56.78",
        "(030) 123-4567",
        "4711",
        "123",
        "٠٦١٢٣٤٥٦٧٨",
        "+٣٣ ٦ ١٢ ٣٤ ٥٦ ٧٨",
    ],
)
def test_a_phone_number_is_kept_as_it_is_written(number: str) -> None:
    assert checked_detail("phone", number) == number


@pytest.mark.parametrize(
    "number",
    [
        "call me",
        "call me at 0612345678",
        "0612345678 or ask Bo",
        "+33 1",
        "+999 12345678",
        "+33612345678901234567",
        "-",
        "1",
        "n/a",
        "ana@example.org",
    ],
)
def test_what_is_no_phone_number_is_refused_with_how_one_is_written(number: str) -> None:
    with pytest.raises(BadInput) as refusal:
        checked_detail("phone", number)
    assert str(refusal.value) == f"phone: {number!r} is not a phone number. Write its digits, as in +33 6 12 34 56 78"


@pytest.mark.parametrize("number", ["3.36E+10", "3,36E+10", "33612345678.0", "########"])
def test_a_phone_number_that_a_spreadsheet_rewrote_is_told_apart(number: str) -> None:
    with pytest.raises(BadInput, match="a spreadsheet rewrote this number"):
        checked_detail("phone", number)


@pytest.mark.parametrize(
    ("word", "given", "kept"),
    [
        ("name", "  Ana \t Lima ", "Ana Lima"),
        ("first_name", "Ana\u00a0Maria", "Ana Maria"),
        ("email", " Ana Lima <Ana@example.org> ", "Ana@example.org"),
        ("email", "mailto:ana@example.org", "ana@example.org"),
        ("aad_object_id", " 0A-1 ", "0A-1"),
        ("language", "pt_BR", "pt-BR"),
        ("language", "DE", "de"),
        ("avatar", "https://example.org/a.png", "https://example.org/a.png"),
        ("country", "", ""),
        ("phone", "   ", ""),
        ("name", "N" * 500, "N" * 500),
    ],
)
def test_a_detail_is_kept_in_one_form(word: str, given: str, kept: str) -> None:
    assert checked_detail(word, given) == kept


@pytest.mark.parametrize(
    ("word", "given", "problem"),
    [
        ("language", "english", "'english' is not a language"),
        ("aad_object_id", "a b", "it has no @"),
        ("avatar", "https://", "is not a web address"),
        ("avatar", "https://example.org/a b.png", "is not a web address"),
        ("name", "N" * 501, "at most 500 characters"),
        ("name", "a\0b", "all of which can be seen"),
        ("source", "cli", "there is no 'source'"),
        ("given_name", "Ana", "there is no 'given_name'"),
    ],
)
def test_a_detail_of_another_form_is_refused(word: str, given: str, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        checked_detail(word, given)


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("team", "sales", "Sales"),
        ("team", " CUSTOMER CARE ", "care"),
        ("team", "Kundendienst", "care"),
        ("size", "m", "M"),
        ("mail", "ana@example.org", "ana@example.org"),
        ("born", "2001-02-28", "2001-02-28"),
        ("age", "41", 41),
        ("other", "  two\nlines ", "two\nlines"),
        ("other", "x" * 2000, "x" * 2000),
    ],
)
def test_a_field_holds_what_the_flow_declares(flow: Bot, name: str, given: str, kept: object) -> None:
    """The choices of a field may stand at the question that fills it."""
    value = field_value(flow, name, given)
    assert value == kept
    assert checked_field(flow, name, value) == kept


@pytest.mark.parametrize(
    ("name", "given", "problem"),
    [
        ("team", "Marketing", "fields.team: 'Marketing' is none of its choices. Choose of Sales, care"),
        ("size", "XL", "fields.size: 'XL' is none of its choices. Choose of S, M"),
        ("age", "old", "fields.age: 'old' is not a number. age holds a number"),
        ("mail", "nobody", "fields.mail: 'nobody' is not an email address. mail holds an email address"),
        ("other", "a\0b", "fields.other: it has characters that can't be seen. Take them out"),
        ("other", "x" * 2001, "fields.other: it has more than 2,000 characters. Shorten it"),
        ("n" * 201, "x", "fields: a name has 1 to 200 visible characters. Write such a name"),
    ],
)
def test_a_field_of_another_value_is_refused(flow: Bot, name: str, given: str, problem: str) -> None:
    with pytest.raises(BadInput) as refusal:
        field_value(flow, name, given)
    assert str(refusal.value) == problem


@pytest.mark.parametrize(
    ("name", "value"),
    [("age", "41"), ("age", True), ("born", "1.3.2001"), ("team", 7), ("team", "Marketing"), ("other", 10.0**15)],
)
def test_a_typed_value_of_another_type_is_refused(flow: Bot, name: str, value: str | float) -> None:
    with pytest.raises(BadInput, match=rf"fields\.{name}"):
        checked_field(flow, name, value)


def test_an_empty_text_takes_a_field_away(flow: Bot) -> None:
    assert field_value(flow, "team", "  ") is None
    assert checked_field(flow, "other", " ") is None


@pytest.mark.parametrize(("given", "kept"), [(" new  hire ", "new hire"), ("a\u00a0b", "a b"), ("t" * 200, "t" * 200)])
def test_a_tag_is_one_line_of_at_most_200_characters(given: str, kept: str) -> None:
    assert checked_name(given, "tag") == kept


@pytest.mark.parametrize("tag", ["", " ", "t" * 201, "a\0b", "a\u202eb"])
def test_what_is_no_tag_is_refused_with_its_place(tag: str) -> None:
    with pytest.raises(BadInput, match=r"^add\[1\]: a name has 1 to 200 visible characters"):
        change_tags(["vip", tag], [])


def test_a_tag_is_not_added_and_removed_at_once() -> None:
    with pytest.raises(BadInput, match="'new hire' is to be added and to be removed"):
        change_tags(["new  hire"], ["new hire"])


def test_a_plain_number_of_any_country_is_told_as_the_library_tells_it() -> None:
    """Countries differ in how long numbers are and in what is dialled before them."""
    chance = Random(4)
    told = Counter[bool]()
    for code in (*phonenumbers.COUNTRY_CODE_TO_REGION_CODE, 999, 210):
        for length in range(4, 14):
            for first in ("0", chance.choice("123456789")):
                digits = first + "".join(chance.choices("0123456789", k=length - 1))
                number = f"+{code}{chance.choice(['', ' ', '-'])}{digits[:2]}{chance.choice(['', '.'])}{digits[2:]}"
                assert _is_taken(number) is _is_possible(number), number
                told[_is_taken(number)] += 1
    assert min(told[True], told[False]) > 1_000


def _is_taken(number: str) -> bool:
    try:
        return checked_detail("phone", number) == number
    except BadInput:
        return False


def _is_possible(number: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
