"""Lists in pages: an opaque cursor says where the next one begins."""

import base64
import binascii
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from aiohttp import web

from console.operations import Answer
from console.problems import invalid

Limit = Annotated[int, msgspec.Meta(ge=1, le=1000, description="At most so many.")]
Cursor = Annotated[str, msgspec.Meta(max_length=400, description="`next` of the page before.")]


class PageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which page."""

    limit: Limit = 100
    cursor: Cursor = ""


class _Place(msgspec.Struct, frozen=True, array_like=True):
    list: str
    after: int | str


def after(query: Any, kind: type, of: str) -> Any:  # noqa: ANN401  # as `kind` says
    """Return where the page that a query asks for begins: a number or a text, as `kind` says; 0 or "" without a cursor.

    `of` says which list it is. Raises Problem for a cursor of another one.
    """
    if not query.cursor:
        return kind()
    try:
        raw = base64.b64decode(query.cursor + "=" * (-len(query.cursor) % 4), b"-_", validate=True)
        place = msgspec.json.decode(raw, type=_Place)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        place = None
    good = place is not None and place.list == _name(of) and type(place.after) is kind
    if place is None or not good or (isinstance(place.after, int) and not 0 <= place.after < 2**53):
        raise invalid("it is no cursor of this list", place="query: cursor", remedy="Begin without one")
    return place.after


def page(body: Any, request: web.Request, of: str, last: int | str | None) -> Answer:  # noqa: ANN401  # any page
    """Return a page with the way to the next one; `last` is where this one ends, None if it is the last."""
    if last is None:
        return Answer(body)
    raw = msgspec.json.encode(_Place(_name(of), last))
    cursor = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    link = request.rel_url.update_query(cursor=cursor)
    return Answer(msgspec.structs.replace(body, next=cursor), headers={"Link": f'<{link}>; rel="next"'})


def _name(of: str) -> str:
    return sha256(of.encode("utf-8", "surrogatepass")).hexdigest()[:12]
