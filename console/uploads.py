"""Files that come with a request, kept on disk while they come."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import IO

from aiohttp import BodyPartReader, web

from console.bodies import read_parts, too_large
from console.problems import Problem, invalid

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


async def read_upload(request: web.Request, most: int, seconds: float) -> Upload:
    """Return the file that a request brings as its body, or as the part `file` of a form. Raises Problem."""
    if request.content_type not in TYPES:
        raise Problem(415, f"the file comes as one of {', '.join(TYPES)}")
    upload = Upload()
    try:
        if request.content_type == "multipart/form-data":
            await _read_form(request, upload, most, seconds)
        else:
            async for part in read_parts(request, most, seconds):
                upload.write(part)
    except BaseException:
        upload.close()
        raise
    return upload


async def _read_form(request: web.Request, upload: Upload, most: int, seconds: float) -> None:
    if (request.content_length or 0) > most + _CHUNK:
        raise too_large(most)
    found = False
    try:
        async with asyncio.timeout(seconds):
            reader = await request.multipart()
            while (part := await reader.next()) is not None:
                if found or not isinstance(part, BodyPartReader) or part.name != "file":
                    raise invalid("the form has one part, `file`", place="body", remedy="Leave the rest out")
                found, upload.name = True, part.filename or ""
                await _read_part(part, upload, most)
    except TimeoutError:
        raise Problem(408, f"the body did not arrive within {seconds:g} seconds") from None
    except (ValueError, AssertionError, web.RequestPayloadError, ConnectionError):
        raise Problem(400, "the form broke off, or is none") from None
    if not found:
        raise invalid("the form has no part `file`", place="body", remedy="Send the file as `file`")


async def _read_part(part: BodyPartReader, upload: Upload, most: int) -> None:
    size = 0
    while chunk := await part.read_chunk(_CHUNK):
        size += len(chunk)
        if size > most:
            raise too_large(most)
        upload.write(chunk)
