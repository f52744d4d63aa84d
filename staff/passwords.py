"""Passwords of people who sign in: Argon2id, with the parameters that RFC 9106 recommends where memory is scarce."""

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from messages.errors import BadInput

SHORTEST: Final = 12
"""Characters of a password. There is no other rule, as NIST SP 800-63B-4 (section 3.1.1) has it."""
LONGEST: Final = 200

_AT_ONCE: Final = 2
"""Computations at once: each takes a core for a good while, and 64 MiB."""


class Passwords:
    """Makes what is kept of passwords, and compares, in threads. Belongs to an event loop."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._nobody = ""

    async def hashed(self, password: str) -> str:
        """Return what is kept of a new password. Raises BadInput for one that is too short or too long."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise BadInput(
                f"a password has {SHORTEST} to {LONGEST} characters",
                place="password",
                remedy="Choose a longer one: several words, say" if len(password) < SHORTEST else "Shorten it",
            )
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, kept: str, password: str) -> bool:
        """Tell whether a password is the one that is kept; '' stands for nobody's, and takes as long."""
        if not kept and not self._nobody:
            self._nobody = await self.hashed("nobody has this one")
        async with self._slots:
            found = await asyncio.to_thread(self._compare, kept or self._nobody, password[: LONGEST + 1])
        return found and bool(kept)

    def is_outdated(self, kept: str) -> bool:
        """Tell whether what is kept was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _compare(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
