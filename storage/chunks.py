"""A file in parts of one size, however it comes."""

from collections.abc import AsyncIterable, AsyncIterator

CHUNK = 1 << 18
"""Bytes."""


async def in_chunks(file: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yield a file in parts of `CHUNK` bytes; the last may be shorter."""
    gathered = bytearray()
    async for part in file:
        gathered += part
        while len(gathered) >= CHUNK:
            yield bytes(gathered[:CHUNK])
            del gathered[:CHUNK]
    if gathered:
        yield bytes(gathered)
