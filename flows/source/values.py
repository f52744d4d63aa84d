"""What is wrong with a single value, and what it should look like."""

from collections.abc import Mapping
from typing import Any

from flows.model.base import DURATION_PATTERN, ID_PATTERN, LANGUAGE_PATTERN, URL_PATTERN
from flows.source.nodes import Place, Trouble

_PATTERNS: dict[str, tuple[str, str, str]] = {
    ID_PATTERN: (
        "bad-name",
        "can't be used as a name",
        "Use letters a-z, digits, `_`, `.` and `-`, no spaces, at most 64, starting with a letter or digit",
    ),
    LANGUAGE_PATTERN: ("bad-language", "is no language", "Write a code such as `en`, `fr` or `pt-BR`"),
    URL_PATTERN: ("bad-url", "is no web address", "Write all of it, e.g. `https://example.org/page`, without spaces"),
    DURATION_PATTERN: ("bad-duration", "is no duration", "Write a number and a unit: `3s`, `10m`, `2h` or `1d`"),
}

_LONGEST_SHOWN = 40


def value_trouble(
    kind: str, context: Mapping[str, Any], value: str, place: Place, expected: str = "another value"
) -> Trouble:
    """Return the trouble of a value that has the right type and still can't be used."""
    shown = f"`{shortened(value)}`"
    if kind == "string_pattern_mismatch" and context.get("pattern") in _PATTERNS:
        code, problem, remedy = _PATTERNS[context["pattern"]]
        return Trouble(code, place, f"{shown} {problem}", remedy)
    if kind == "string_too_short":
        return Trouble("wrong-value", place, "a text is empty here", "Write the text, or delete its key")
    if kind == "string_too_long":
        return Trouble(
            "wrong-value", place, f"{shown} is longer than {context.get('max_length')} characters", "Shorten it"
        )
    if kind == "too_short":
        return Trouble("wrong-value", place, "a list or mapping is empty here", "Put at least one thing into it")
    bounds = _bounds(kind, context)
    return Trouble("wrong-value", place, f"{shown} can't be used here", f"Write {expected}{bounds}")


def _bounds(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "less_than_equal":
        return f", at most {context.get('le')}"
    if kind == "greater_than_equal":
        return f", at least {context.get('ge')}"
    return ""


def shortened(value: str) -> str:
    """Return the beginning of a long value."""
    return value if len(value) <= _LONGEST_SHOWN else value[: _LONGEST_SHOWN - 1] + "…"
