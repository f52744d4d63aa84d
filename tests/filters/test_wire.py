"""JSON that is not quite a filter is refused where it goes wrong."""

from typing import Any

import pytest

from filters.parse import parse
from filters.wire import read, write
from messages.errors import BadInput


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "tag:a and not (segment:b or event:c)",
            {"all": [{"tag": "a"}, {"not": {"any": [{"segment": "b"}, {"event": "c"}]}}]},
        ),
        ("field.age >= 18", {"field": "age", "at_least": 18}),
        ("field.born before 2000-01-01", {"field": "born", "before": {"date": "2000-01-01"}}),
        ("field.ok is not yes", {"field": "ok", "is": False}),
        ('name contains "an"', {"detail": "name", "contains": "an"}),
        ("last_seen not within 7d", {"time": "last_seen", "not_within": "7d"}),
        ("subscribed since 2026-11-01T09:30Z", {"time": "subscribed", "at_least": "2026-11-01T09:30:00Z"}),
        ("completed flow:intro", {"completed": "flow", "item": "intro"}),
        ("email is unknown", {"detail": "email", "known": False}),
    ],
)
def test_json_says_what_text_says(text: str, value: dict[str, Any]) -> None:
    assert write(parse(text)) == value
    assert read(value) == parse(text)


@pytest.mark.parametrize(
    ("value", "place", "problem", "remedy"),
    [
        ([], "$", "a condition is an object", '{"tag": "vip"}'),
        ({"tga": "vip"}, "$", "this object is not a condition", "Did you mean `tag`?"),
        ({"tag": "vip", "segment": "press"}, "$", 'the key "segment" has no meaning here', "`all`"),
        ({"tag": 1}, "$.tag", "a text belongs here", "quotes"),
        ({"tag": " "}, "$.tag", "the text is empty", "Correct it"),
        ({"all": [{"tag": "a"}]}, "$.all", "two or more conditions are joined", "alone"),
        ({"all": [{"tag": "a"}, {"not": {"tag": None}}]}, "$.all[1].not.tag", "a text belongs here", "quotes"),
        ({"any": {"tag": "a"}}, "$.any", "two or more conditions are joined", "list"),
        ({"not": [{"tag": "a"}]}, "$.not", "a condition is an object", "Write it as"),
        ({"field": "age"}, "$", "one comparison belongs beside `field`", "`at_least`"),
        ({"field": "age", "at_least": 1, "at_most": 2}, "$", "one comparison belongs beside `field`", "`at_least`"),
        ({"field": "age", "atleast": 1}, "$", "the comparison is not known here", "Did you mean `at_least`?"),
        ({"field": "age", "at_least": "18"}, "$.at_least", "a text is neither above nor below", "Write a number"),
        ({"field": "age", "at_least": float("nan")}, "$.at_least", "the number is too large", "Correct it"),
        ({"field": "age", "at_least": 10**15}, "$.at_least", "the number is too large", "Correct it"),
        ({"field": "ok", "at_least": True}, "$.at_least", "yes and no have no order", "`is`"),
        ({"field": "ok", "contains": 1}, "$.contains", "a text belongs here", "quotes"),
        ({"field": "ok", "known": 1}, "$.known", "true or false belongs here", "`true`"),
        ({"field": "born", "is": {"date": "2026-02-30"}}, "$.is.date", "day is out of range for month", "Correct it"),
        ({"field": "born", "is": {"date": "soon"}}, "$.is.date", "a day belongs here", "2026-11-23"),
        ({"field": "born", "is": {"day": "2026-02-03"}}, "$.is", "a text, a number, true, false or a date", '"date"'),
        ({"field": "born", "is": None}, "$.is", "a text, a number, true, false or a date", '"date"'),
        ({"detail": "nam", "is": "x"}, "$.detail", "the value is not known here", "Did you mean `name`?"),
        ({"detail": "name", "at_least": "x"}, "$", "the comparison is not known here", "Use one of `is`"),
        ({"time": "last_seen", "within": "7 days"}, "$.within", "a number of days or hours", '"7d"'),
        ({"time": "last_seen", "within": "99999d"}, "$.within", "can be counted back", "Correct it"),
        ({"time": "last_seen", "before": "yesterday"}, "$.before", "a day or a moment", "2026-11-23"),
        ({"completed": "product"}, "$", "`item` is missing", "Name the item"),
        ({"completed": ["product"], "item": "x"}, "$.completed", "the value is not known here", "`collection`"),
    ],
)
def test_what_is_no_filter_is_refused_where_it_goes_wrong(value: object, place: str, problem: str, remedy: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(value)
    assert refused.value.place == place
    assert problem in refused.value.problem
    assert remedy in refused.value.remedy


def test_a_filter_too_long_as_text_is_refused() -> None:
    with pytest.raises(BadInput, match="10,000 characters"):
        read({"any": [{"tag": "vip"}] * 1_000})
