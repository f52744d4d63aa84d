"""Values are read as people paste them; two ways to write one address are one person, and two people stay two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.addresses import Address, ExternalId, Malformed, read_value


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("ana@x.org", "ana@x.org"),
        ("Ana.Silva+news@Mail.Example.ORG", "Ana.Silva+news@Mail.Example.ORG"),
        ("mailto:ana@x.org", "ana@x.org"),
        ("MAILTO:ana@x.org?subject=Hi", "ana@x.org"),
        ("Ana <ana@x.org>", "ana@x.org"),
        ('"Doe, Ana" <ana@x.org>;', "ana@x.org"),
        ("Ana @ work <ana@x.org>", "ana@x.org"),
        ("<mailto:ana@x.org>", "ana@x.org"),
        ("ana@x.org.", "ana@x.org"),
        ("ana@x.org, ", "ana@x.org"),
        ("'ana@x.org'", "ana@x.org"),
        ("“ana@x.org.”", "ana@x.org"),
        ("ana＠x.org", "ana@x.org"),
        ("o'neil@x.org", "o'neil@x.org"),
        (".ana..silva.@docomo.example", ".ana..silva.@docomo.example"),
        ("ana@1.x.org", "ana@1.x.org"),
        ("ana@x.2go", "ana@x.2go"),
        ("rené@x.org", "rené@x.org"),
        ("a" * 248 + "@x.org", "a" * 248 + "@x.org"),
    ],
)
def test_an_address_is_freed_of_what_was_pasted_around_it(value: str, address: str) -> None:
    read = read_value(value)
    assert isinstance(read, Address)
    assert read.address == address


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana@X.ORG", "ana@x.org"),
        ("RENÉ@x.org", "rene\u0301@x.org"),
        ("ana@München.example", "ana@xn--mnchen-3ya.example"),
        ("ana@mu\u0308nchen.example", "ana@MÜNCHEN.EXAMPLE"),
        ("почта@ПРИМЕР.рф", "почта@xn--e1afmkfd.xn--p1ai"),
        ("ana@例え。jp", "ana@xn--r8jz45g.jp"),
        ("ana@ｘ．org", "ana@x.org"),
        ("ana@" + "ü" * 50 + ".example", "ana@" + "Ü" * 50 + ".example"),
        ("ana@straße.example", "ana@xn--strae-oqa.example"),
    ],
)
def test_one_address_in_two_spellings_is_one(one: str, other: str) -> None:
    first, second = read_value(one), read_value(other)
    assert isinstance(first, Address)
    assert isinstance(second, Address)
    assert first.key == second.key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana@straße.example", "ana@strasse.example"),
        ("weiß@x.org", "weiss@x.org"),
        ("ana.silva@x.org", "anasilva@x.org"),
        ("A17", "a17"),
    ],
)
def test_two_people_are_not_taken_for_one(one: str, other: str) -> None:
    first, second = read_value(one), read_value(other)
    assert not isinstance(first, Malformed)
    assert not isinstance(second, Malformed)
    assert first.key != second.key


@pytest.mark.parametrize("value", ["4711", "e-17/Ab_c", "29:1a2B3c", "用户42", "x" * 128, "a.b.", "{0f8f}"])
def test_what_has_no_at_is_an_external_id(value: str) -> None:
    assert read_value(value) == ExternalId(value, value)


def test_an_id_loses_the_commas_behind_it() -> None:
    assert read_value(" 4711,; ") == ExternalId("4711", "4711")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "the value is empty"),
        (" ,", "the value is empty"),
        ("Ana Silva", "an id can't contain spaces"),
        ("x" * 129, "longer than the 128 characters of an id"),
        ("4\x077", "can't be seen"),
        ("ana@", "the domain after the @ has no dot"),
        ("@x.org", "there is nothing before the @"),
        ("@", "there is nothing before the @"),
        ("ana@x", "the domain after the @ has no dot"),
        ("ana@localhost.", "the domain after the @ has no dot"),
        ("ana@@x.org", "more than one @"),
        ("ana@x.org ben@x.org", "more than one @"),
        ("ana silva@x.org", "can't contain spaces"),
        ("ana@x .org", "can't contain spaces"),
        ("an\x1ba@x.org", "can't be seen"),
        ("ana@x..org", "a part of the domain is empty"),
        ("ana@.org", "a part of the domain is empty"),
        ("ana@-x.org", "-x can't be a part of a domain"),
        ("ana@x-.org", "x- can't be a part of a domain"),
        ("ana@x_y.org", "x_y can't be a part of a domain"),
        ("ana@[127.0.0.1]", "[127 can't be a part of a domain"),
        ("ana@127.0.0.1", "the domain ends in a number"),
        ("ana@" + "x" * 64 + ".org", "a part of the domain is too long"),
        ("ana@" + "üx" * 31 + ".org", "a part of the domain is too long"),
        ("http://ana@x.org", ": is not allowed before the @"),
        ('"ana"@x.org', '" is not allowed before the @'),
        ("a" * 249 + "@x.org", "longer than 254 characters"),
    ],
)
def test_what_is_wrong_is_told_with_what_to_do(value: str, problem: str) -> None:
    read = read_value(value)
    assert isinstance(read, Malformed)
    assert problem in read.problem
    assert read.remedy[0].isupper()
    assert not read.remedy.endswith(".")


@given(st.text(max_size=40) | st.text(st.sampled_from("aZßİ9.-@<>'\" ü。xn"), max_size=20))
def test_whatever_is_read_reads_the_same_again(value: str) -> None:
    read = read_value(value)
    if isinstance(read, Address):
        assert read_value(read.address) == read
        again = read_value(read.key)
        assert not isinstance(again, Malformed)
        assert again.key == read.key
    elif isinstance(read, ExternalId):
        assert read_value(read.id) == read


@given(st.from_regex(r"[A-Za-z0-9_.+'-]{1,5}@([A-Za-z0-9-]{1,4}\.){1,3}[A-Za-z0-9-]{1,4}", fullmatch=True))
def test_blanks_around_change_nothing(value: str) -> None:
    assert read_value(f" {value} ") == read_value(value)
