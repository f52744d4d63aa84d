r"""The JSON of a request's body, read so that one odd spot loses nothing beside it. Pure, and linear in its length.

A body holds what people said, of several people where a channel sends batches, beside much that nobody needs. JSON's
grammar (RFC 8259) allows what no text can hold, a lone surrogate; other senders write escapes that JSON does not know,
cut an emoji in two, or send a control character as it is. Such a spot is mended and the rest of the body is read:

    lone surrogate, bytes that are no UTF-8      U+FFFD
    unknown or broken escape (`\p`, `\u12`)       the characters as they stand, backslash included; `\'` is `'`
    control character within a text              the character
    NaN, Infinity, a number beyond a double      null
    what is nested more than `DEEPEST` deep      null in the place of the value there

So every text that comes from here can be encoded. Of a name that appears twice in one object the last value counts.
"""

import re
from math import isinf
from typing import Any, Final

import orjson

from messages.errors import BadPayload

DEEPEST: Final = 100
"""Levels of objects and lists that are read."""

_BOM: Final = b"\xef\xbb\xbf"
_TOKEN: Final = re.compile(
    r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[{]|[\]}]|-?Infinity|NaN|-?\d[\d.eE+-]*+', re.DOTALL
)
"""A text as a whole, to its end or the body's, so that nothing within it counts as else; a bracket; a number."""
_ODD: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r'|\\u[0-9a-fA-F]{4}|\\["\\/bfnrt]|\\\'|\\|[\x00-\x1f]'
)
_PLAIN_NUMBER: Final = 300
"""Characters up to which a number without an exponent is certainly within a double."""


def load_json(body: bytes) -> Any:  # noqa: ANN401  # any JSON
    """Return the values of a body, after its byte order mark if it has one. Raises BadPayload for what is not JSON."""
    body = body.removeprefix(_BOM)
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _loaded(_mended(body.decode("utf-8", "replace")))
    if body.count(b"{") + body.count(b"[") > DEEPEST and _is_too_deep(found):
        return _loaded(_mended(body.decode("utf-8")))
    return found


def _loaded(body: str) -> Any:  # noqa: ANN401  # any JSON
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadPayload(f"the body is not JSON: {error.msg}", remedy="Send one JSON value, in UTF-8") from None


def _mended(body: str) -> str:
    pieces: list[str] = []
    copied = depth = 0
    for token in _TOKEN.finditer(body):
        first = body[token.start()]
        if first in "[{":
            depth += 1
            if depth == DEEPEST + 1:
                pieces += [body[copied : token.start()], "null"]
        elif first in "]}":
            depth -= 1
            if depth == DEEPEST:
                copied = token.end()
        elif depth <= DEEPEST and (instead := _instead(first, token[0])) is not None:
            pieces += [body[copied : token.start()], instead]
            copied = token.end()
    if depth <= DEEPEST:
        pieces.append(body[copied:])
    return "".join(pieces)


def _instead(first: str, token: str) -> str | None:
    """What a text or a number is replaced by; None where it is good."""
    if first == '"':
        mended = _ODD.sub(_character, token)
        return None if mended == token else mended
    if token[-1] in "yN":
        return "null"
    if len(token) <= _PLAIN_NUMBER and "e" not in token and "E" not in token:
        return None
    try:
        return "null" if isinf(float(token)) else None
    except ValueError:
        return None


def _character(found: re.Match[str]) -> str:
    odd = found[0]
    if odd == "\\":
        return "\\\\"
    if odd == "\\'":
        return "'"
    if odd < " ":
        return f"\\u{ord(odd):04x}"
    return "\\ufffd" if len(odd) == 6 and odd[2] in "dD" and odd[3] in "89abcdefABCDEF" else odd


def _is_too_deep(value: Any) -> bool:  # noqa: ANN401  # any JSON
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for holder in level
            if isinstance(holder, (dict, list))
            for inner in (holder.values() if isinstance(holder, dict) else holder)
        ]
        if not level:
            return False
    return any(isinstance(inner, (dict, list)) for inner in level)
