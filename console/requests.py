"""Reading what a request brings, a file too: strictly, no more of it than may be; and doing once what comes twice."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import sha256
from typing import IO, Any

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from console.problems import Problem, invalid
from storage.audience_port import Access
from storage.audience_records import KeptAnswer

_PATH = re.compile(r" - at `\$?\.?(?P<path>[^`]*)`$")


async def read_body(request: web.Request, kind: type, maximum: int, seconds: float) -> tuple[Any, bytes]:
    """Return a JSON body as `kind` has it, and as it came. Raises Problem."""
    if request.content_type != "application/json":
        raise Problem(415, "the body is JSON: send Content-Type: application/json")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Problem(415, "the body is sent as it is, not compressed")
    parts = [part async for part in read_parts(request, maximum, seconds)]
    raw = b"".join(parts)
    try:
        return msgspec.json.decode(raw, type=kind), raw
    except msgspec.ValidationError as error:
        raise _fault(error, "body") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "the body is not JSON") from None


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


async def read_parts(request: web.Request, maximum: int, seconds: float) -> AsyncIterator[bytes]:
    """Yield the body as it comes. Raises Problem 413 once it is too large, and 408 when it does not come."""
    if (request.content_length or 0) > maximum:
        raise too_large(maximum)
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.content.iter_any():
                size += len(part)
                if size > maximum:
                    raise too_large(maximum)
                yield part
    except TimeoutError:
        raise Problem(408, f"the body did not arrive within {seconds:g} seconds") from None
    except (web.RequestPayloadError, ConnectionError):
        raise Problem(400, "the body broke off, or is not encoded as its headers say") from None


def too_large(maximum: int) -> Problem:
    """Return the refusal of a body of more than `maximum` bytes."""
    return Problem(413, f"the body is larger than {maximum} bytes")


def _fault(error: msgspec.ValidationError, where: str) -> Problem:
    text = str(error)
    found = _PATH.search(text)
    path = found["path"] if found else ""
    problem = text[: found.start()] if found else text
    return invalid(problem, place=f"{where}: {path}" if path else where, remedy="See /api/v1/openapi.json")


_IN_MEMORY = 1 << 20
_CHUNK = 1 << 16
TYPES = ("text/csv", "text/plain", "multipart/form-data")


class Upload:
    """A file that came; `digest` is its SHA-256 in hex."""

    def __init__(self) -> None:
        self.file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # `close` closes it
        self.name = ""
        self._hash = sha256()

    @property
    def digest(self) -> str:
        """What tells files apart."""
        return self._hash.hexdigest()

    def write(self, part: bytes) -> None:
        """Take the next bytes in."""
        self.file.write(part)
        self._hash.update(part)

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the file from its beginning."""
        self.file.seek(0)
        while part := self.file.read(_CHUNK):
            yield part

    def close(self) -> None:
        """Let it go."""
        self.file.close()


async def read_upload(request: web.Request, maximum: int, seconds: float) -> Upload:
    """Return the file that a request brings as its body, or as the part `file` of a form. Raises Problem."""
    if request.content_type not in TYPES:
        raise Problem(415, f"the file comes as one of {', '.join(TYPES)}")
    upload = Upload()
    try:
        if request.content_type == "multipart/form-data":
            await _read_form(request, upload, maximum, seconds)
        else:
            async for part in read_parts(request, maximum, seconds):
                upload.write(part)
    except BaseException:
        upload.close()
        raise
    return upload


async def _read_form(request: web.Request, upload: Upload, maximum: int, seconds: float) -> None:
    if (request.content_length or 0) > maximum + _CHUNK:
        raise too_large(maximum)
    found = False
    try:
        async with asyncio.timeout(seconds):
            reader = await request.multipart()
            while (part := await reader.next()) is not None:
                if found or not isinstance(part, BodyPartReader) or part.name != "file":
                    raise invalid("the form has one part, `file`", place="body", remedy="Leave the rest out")
                found, upload.name = True, part.filename or ""
                await _read_part(part, upload, maximum)
    except TimeoutError:
        raise Problem(408, f"the body did not arrive within {seconds:g} seconds") from None
    except (ValueError, AssertionError, web.RequestPayloadError, ConnectionError, HttpProcessingError):
        raise Problem(400, "the form broke off, or is none") from None
    if not found:
        raise invalid("the form has no part `file`", place="body", remedy="Send the file as `file`")


async def _read_part(part: BodyPartReader, upload: Upload, maximum: int) -> None:
    size = 0
    while chunk := await part.read_chunk(_CHUNK):
        size += len(chunk)
        if size > maximum:
            raise too_large(maximum)
        upload.write(chunk)


HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def key_of(request: web.Request) -> str:
    """Return the key of a request, '' without one. Raises Problem for one that can't be used."""
    key: str = request.headers.get(HEADER, "")
    if HEADER in request.headers and not _KEY.fullmatch(key):
        raise invalid(
            "it can't be used", place=f"header: {HEADER}", remedy="Send 1 to 200 visible ASCII characters, a UUID say"
        )
    return key


def fingerprint(request: web.Request, content: bytes) -> str:
    """Return what tells requests apart; `content` is their body, or a digest of it."""
    told = f"{request.method} {request.raw_path} {request.content_type}\n".encode("utf-8", "surrogateescape")
    return sha256(told + content).hexdigest()


class Once:
    """One request under its key.

    Only answers of success are kept: they hold nothing that tells who somebody is, and a request that was refused
    changed nothing. One that broke off stays claimed: it may have been done.
    """

    def __init__(self, store: Access, token: str, key: str, request: str) -> None:
        self._store = store
        self._token = token
        self._key = key
        self._request = request

    async def begin(self, at: datetime) -> web.Response | None:
        """Claim the key; return the answer that it got before, if it did. Raises Problem 409 and 422."""
        kept = await self._store.begin_request(self._token, self._key, self._request, at)
        if kept is None:
            return None
        if kept.request != self._request:
            raise invalid(
                "another request had this key", place=f"header: {HEADER}", remedy="Make a new key for each request"
            )
        if not kept.status:
            raise Problem(
                409,
                "the request with this key is being done, or broke off: see what it did before you make another",
                headers={"Retry-After": "1"},
            )
        return web.Response(status=kept.status, body=kept.body, headers={**dict(kept.headers), REPLAYED: "true"})

    async def end(self, answer: web.Response, at: datetime) -> None:
        """Keep an answer of success."""
        headers = {
            name: answer.headers[name] for name in ("Content-Type", "ETag", "Location") if name in answer.headers
        }
        body = answer.body if isinstance(answer.body, bytes) else b""
        kept = KeptAnswer(self._request, at, answer.status, body, tuple(headers.items()))
        await self._store.end_request(self._token, self._key, kept)

    async def drop(self) -> None:
        """Let go of the key of a request that was refused."""
        await self._store.drop_request(self._token, self._key)
