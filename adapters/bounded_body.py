"""Reading an answer without trusting its length."""

from typing import Final

from aiohttp import ClientResponse

LARGEST: Final = 64 * 1024


async def read_body(response: ClientResponse, largest: int = LARGEST) -> bytes:
    """Return the body of an answer, at most its first `largest` bytes; of a longer one the connection is closed."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > largest:
            response.close()
            break
    return bytes(body[:largest])
