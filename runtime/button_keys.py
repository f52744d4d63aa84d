"""The keys that sign buttons."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from messages.errors import BadSettings

SHORTEST = 16
"""Characters that a key has at least."""


def button_keys(configured: Sequence[str], file: Path, *, may_make: bool = True) -> tuple[bytes, ...]:
    """Return the configured keys; without any, the one in `file`, which is made on first use.

    Buttons live as long as the chats that they are in, so a key that is lost makes them dead: keep the file with the
    store's back-up. Where several servers share a store (`may_make` false) none is made: each would have its own, and
    take the others' buttons for forged. Raises BadSettings for a key that is too short, for a file that can't be read
    or made, and for a key that is missing and may not be made.
    """
    if configured:
        keys = tuple(key.encode() for key in configured)
    elif not may_make and not file.exists():
        raise BadSettings(
            "no key that signs buttons is set, and all servers of one store need the same",
            place="button_keys",
            remedy="Set ASSENT_BUTTON_KEYS, or put the same file at button_key_file, for every server",
        )
    else:
        keys = tuple(line.encode() for line in _kept(file).split())
    if not keys or any(len(key) < SHORTEST for key in keys):
        raise BadSettings(
            f"a key has fewer than {SHORTEST} characters",
            place="button_keys" if configured else str(file),
            remedy="Make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'",
        )
    return keys


def _kept(file: Path) -> str:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        try:
            return file.read_text()
        except OSError as error:
            raise BadSettings(f"can't be read: {error.strerror}", place=str(file), remedy="Check its owner") from error
    except OSError as error:
        raise BadSettings(f"can't be made: {error.strerror}", place=str(file), remedy="Set button_keys") from error
    key = secrets.token_hex(32)
    with os.fdopen(handle, "w") as opened:
        opened.write(key + "\n")
    return key
