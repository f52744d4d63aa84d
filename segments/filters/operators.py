"""Comparisons in a filter's text: `is not`, `>=`, `starts with`, `not within`, …"""

from segments.filters.cursor import Cursor
from segments.filters.words import COMPARING, SIGNS

KNOWN = "known"
UNKNOWN = "unknown"
IS = "is"
IS_NOT = "is_not"
WITHIN = "within"
NOT_WITHIN = "not_within"

DETAIL_WORDS = ("is", "is not", "contains", "starts with", "is known", "is unknown")
TIME_WORDS = ("within", "not within", "on", "since", "until", "before", "after", "is not", "is known", "is unknown")
FIELD_WORDS = (*DETAIL_WORDS, ">=", "<=", "<", ">", "at least", "at most", "since", "until", "before", "after")

_PAIRS = {
    ("starts", "with"): "starts_with",
    ("at", "least"): "at_least",
    ("at", "most"): "at_most",
    ("not", "within"): NOT_WITHIN,
}


def read_operator(cursor: Cursor, words: tuple[str, ...]) -> str:
    """Take a comparison, one of `words` or another spelling of one, and return its name. Raises BadInput."""
    token = cursor.next
    operator = _read(cursor, words)
    if operator not in _names(words):
        raise cursor.refuse(
            f"`{operator.replace('_', ' ')}` does not go with this",
            "Use one of " + ", ".join(f"`{word}`" for word in words),
            token,
        )
    return operator


def _read(cursor: Cursor, words: tuple[str, ...]) -> str:
    if cursor.take("is"):
        return _is(cursor)
    word = cursor.next.word
    simple = SIGNS.get(word) or COMPARING.get(word)
    if simple is not None:
        cursor.advance()
        return str(simple)
    for (first, second), name in _PAIRS.items():
        if word == first:
            cursor.advance()
            if not cursor.take(second):
                raise cursor.refuse(f"expected `{second}` after `{first}`, found {cursor.found}", f"Write `{second}`")
            return name
    raise cursor.expected("a comparison", words)


def _is(cursor: Cursor) -> str:
    negated = cursor.take("not")
    for word, other in ((KNOWN, UNKNOWN), (UNKNOWN, KNOWN)):
        if cursor.take(word):
            return other if negated else word
    return IS_NOT if negated else IS


def _names(words: tuple[str, ...]) -> set[str]:
    names = {
        word.removeprefix("is ") if word in ("is known", "is unknown") else word.replace(" ", "_") for word in words
    }
    return {str(SIGNS.get(name) or COMPARING.get(name) or name) for name in names}
