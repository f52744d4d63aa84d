"""Reading what a request brings: strictly, and no more of it than may be."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from aiohttp import web

from console.problems import Problem, invalid

_PATH = re.compile(r" - at `\$?\.?(?P<path>[^`]*)`$")


async def read_body(request: web.Request, kind: type, most: int, seconds: float) -> tuple[Any, bytes]:
    """Return a JSON body as `kind` has it, and as it came. Raises Problem."""
    if request.content_type != "application/json":
        raise Problem(415, "the body is JSON: send Content-Type: application/json")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Problem(415, "the body is sent as it is, not compressed")
    parts = [part async for part in read_parts(request, most, seconds)]
    raw = b"".join(parts)
    try:
        return msgspec.json.decode(raw, type=kind), raw
    except msgspec.ValidationError as error:
        raise _fault(error, "body") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "the body is no JSON") from None


def read_query(request: web.Request, kind: type | None) -> Any:  # noqa: ANN401  # as `kind` says
    """Return the query as `kind` has it. Raises Problem."""
    names = sorted(set(request.query))
    twice = [name for name in names if len(request.query.getall(name)) > 1]
    if twice:
        raise invalid("it is given twice", place=f"query: {twice[0]}", remedy="Give it once")
    if kind is None:
        if names:
            raise invalid("it has no meaning here", place=f"query: {names[0]}", remedy="Leave it out")
        return None
    try:
        return msgspec.convert(dict(request.query), kind, strict=False)
    except msgspec.ValidationError as error:
        raise _fault(error, "query") from None


async def read_parts(request: web.Request, most: int, seconds: float) -> AsyncIterator[bytes]:
    """Yield the body as it comes. Raises Problem 413 once it is too large, and 408 when it does not come."""
    if (request.content_length or 0) > most:
        raise too_large(most)
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.content.iter_any():
                size += len(part)
                if size > most:
                    raise too_large(most)
                yield part
    except TimeoutError:
        raise Problem(408, f"the body did not arrive within {seconds:g} seconds") from None
    except (web.RequestPayloadError, ConnectionError):
        raise Problem(400, "the body broke off, or is not encoded as its headers say") from None


def too_large(most: int) -> Problem:
    """Return the refusal of a body of more than `most` bytes."""
    return Problem(413, f"the body is larger than {most} bytes")


def _fault(error: msgspec.ValidationError, where: str) -> Problem:
    text = str(error)
    found = _PATH.search(text)
    path = found["path"] if found else ""
    problem = text[: found.start()] if found else text
    return invalid(problem, place=f"{where}: {path}" if path else where, remedy="See /api/v1/openapi.json")
