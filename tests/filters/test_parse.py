"""What is written is what is meant, and what can't be meant is pointed at."""

from datetime import UTC, date, datetime

import pytest

from filters.model import (
    And,
    Condition,
    Detail,
    DetailKnown,
    DetailText,
    FieldDate,
    FieldNumber,
    FieldText,
    FieldYesNo,
    InSegment,
    Not,
    Or,
    Order,
    Tag,
    TextOrder,
    TimeCompared,
    TimeWithin,
    Unit,
    When,
)
from filters.parse import parse
from filters.words import show
from messages.errors import BadInput

A, B, C, D = (Tag(name) for name in "abcd")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("tag:a or tag:b and not tag:c", Or((A, And((B, Not(C)))))),
        ("not tag:a and tag:b", And((Not(A), B))),
        ("not (tag:a and tag:b)", Not(And((A, B)))),
        ("(tag:a or tag:b) and (tag:c or tag:d)", And((Or((A, B)), Or((C, D))))),
        ("(tag:a and tag:b) and tag:c", And((And((A, B)), C))),
        ("((tag:a))", A),
        ("NOT Tag:a AND\n SEGMENT:press", And((Not(A), InSegment("press")))),
        ('tag:"a"', A),
        ("tag:2026-11-01", Tag("2026-11-01")),
        ("tag:and", Tag("and")),
        ('name contains "say \\"hi\\"\\\\\\n"', DetailText(Detail.NAME, TextOrder.CONTAINS, 'say "hi"\\\n')),
        ("name is not unknown", DetailKnown(Detail.NAME, known=True)),
        ('name is "unknown"', DetailText(Detail.NAME, TextOrder.IS, "unknown")),
        ("phone starts with +44", DetailText(Detail.PHONE, TextOrder.STARTS_WITH, "+44")),
        ("field.age at least 18", FieldNumber("age", Order.AT_LEAST, 18)),
        ("field.age>=18", FieldNumber("age", Order.AT_LEAST, 18)),
        ("field.t > -1.5", FieldNumber("t", Order.AFTER, -1.5)),
        ('field.zip is "18"', FieldText("zip", TextOrder.IS, "18")),
        ("field.zip starts with 18", FieldText("zip", TextOrder.STARTS_WITH, "18")),
        ("field.ok is not no", FieldYesNo("ok", yes=True)),
        ("field.born before 2000-01-01", FieldDate("born", Order.BEFORE, date(2000, 1, 1))),
        ('field."shoe size" = 44', FieldNumber("shoe size", Order.IS, 44)),
        ("last_seen not within 2 days", TimeWithin(When.LAST_SEEN, 2, Unit.DAYS, within=False)),
        ("subscribed since 2026-11-01", TimeCompared(When.SUBSCRIBED, Order.AT_LEAST, date(2026, 11, 1))),
        (
            "last_seen after 2026-11-01T09:30+01:00",
            TimeCompared(When.LAST_SEEN, Order.AFTER, datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),
        ),
    ],
)
def test_what_is_written_is_what_is_meant(text: str, condition: Condition) -> None:
    assert parse(text) == condition


@pytest.mark.parametrize(
    ("text", "place", "problem", "remedy"),
    [
        ("", "column 1", "the filter is empty", "Write a condition, such as `tag:vip`"),
        ("tga:vip", "column 1", "expected a condition, found `tga`", "Did you mean `tag`?"),
        ("tag:a and lastseen within 7d", "column 11", "expected a condition, found `lastseen`", "`last_seen`"),
        ("tag:a adn tag:b", "column 7", "expected `and` or `or`, found `adn`", "Did you mean `and`?"),
        ("tag:a tag:b", "column 7", "expected `and` or `or`, found `tag`", "Write `and` or `or` before `tag`"),
        ("tag:a and", "column 10", "expected a condition, found the end", "Use one of `tag`"),
        ("tag:a\nand tag vip", "line 2, column 9", "expected `:` after `tag`, found `vip`", "Write `tag:` and a name"),
        ("(tag:a", "column 7", "or `)` for the `(` at column 1, found the end", "Write `)`"),
        ("tag:a)", "column 6", "this `)` closes nothing", "Delete it"),
        ('name is "Ana', "column 9", "a text begins and does not end", "End it with"),
        ('name is "a\\x"', "column 11", "`\\x` means nothing", "Write `\\\\`"),
        ("tag:a, tag:b", "column 6", "`,` is not allowed here", "in quotes"),
        ("name is Ana Smith", "column 13", "expected `and` or `or`, found `Smith`", "in quotes"),
        ("name contian an", "column 6", "expected a comparison, found `contian`", "Did you mean `contains`?"),
        ("name within 7d", "column 6", "`within` does not go with this", "Use one of `is`"),
        ("name starts an", "column 13", "expected `with` after `starts`, found `an`", "Write `with`"),
        ("name is and tag:a", "column 9", "expected a value, found `and`", "Write a value"),
        ("field.code is 007", "column 15", "this is neither a number nor a day", "in quotes"),
        ("field.team > Sales", "column 14", "a text is neither above nor below another", "`contains`"),
        ("field.ok > yes", "column 12", "`yes` is compared by `is`", "Write `is yes`"),
        ("field.born is 2026-02-30", "column 15", "day is out of range for month", "Correct it"),
        ("field.n is 1000000000000000.5", "column 12", "this is neither a number nor a day", "Write `18`"),
        ("field is 3", "column 1", "a field has no name here", "Write `field.`"),
        ("last_seen is unkown", "column 14", "expected a day or a moment, found `unkown`", "Did you mean `unknown`?"),
        ("last_seen after 2026-11-01T09:30", "column 17", "does not say its zone", "Correct it"),
        ("last_seen within 7w", "column 18", "`w` is not a unit", "`7d`"),
        ("last_seen within 0d", "column 18", "1 to 36,500 days can be counted back", "Correct it"),
        ("last_seen within 7 dys", "column 20", "found `dys`", "Did you mean `days`?"),
        ("completed prodct:x", "column 11", "expected what was completed, found `prodct`", "Did you mean `product`?"),
        ("tag:“vip”", "column 5", "`“` is not a quote that filters know", "Write straight quotes"),
        ('tag:""', "column 5", "the text is empty", "Correct it"),
        ("tag:" + "x" * 501, "column 5", "the text has 501 characters", "Correct it"),
        ('tag:"a\u0007"', "column 5", "the character U+0007", "Correct it"),
        ("(" * 51 + "tag:a" + ")" * 51, "column 51", "more than 50 `not` and parentheses", "Nest less deeply"),
        ("not " * 9_000, "", "the filter has 36,000 characters", "Shorten it to 10,000"),
    ],
)
def test_what_cannot_be_meant_is_pointed_at(text: str, place: str, problem: str, remedy: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(text)
    assert refused.value.place == place
    assert problem in refused.value.problem
    assert remedy in refused.value.remedy


def test_fifty_parentheses_are_read() -> None:
    assert parse("(" * 50 + "tag:a" + ")" * 50) == A


def test_a_filter_that_would_grow_too_long_is_refused() -> None:
    text = "name=a or " * 999 + "name=a"
    assert len(text) <= 10_000
    with pytest.raises(BadInput, match="once it is spelled out"):
        parse(text)


def test_one_spelling_is_shown() -> None:
    assert show(parse('( TAG:"vip" ) AND field.age at least 18.0 OR subscribed on 2026-11-01')) == (
        "tag:vip and field.age >= 18 or subscribed is 2026-11-01"
    )
