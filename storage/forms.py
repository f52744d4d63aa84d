"""The forms of what is written where another version of Assent will read it: in the store, and in chats.

Servers of two versions run on one store during an upgrade. A form that an older one can't read is written only once
`Store.forms`, the newest forms that every server alive reads, has come up to its number here. What it replaces is read
for ever. A release that adds forms takes the next number, once for all of them.
"""

from typing import Final

FIRST: Final = 1
"""What servers read that don't say what they read."""

FORMS: Final = 3
"""The newest forms that this version reads."""

BUTTONS_BY_DIGEST: Final = 2
"""Payloads of buttons name their revision by digest (`segment_buttons.payload`, form `a2`)."""

ACCOUNTS: Final = 2
"""Keys of accounts and conversations hold channel and page."""

CONSENT_COMPARED: Final = 3
"""Turns compare the consent that they knew. Of versions before, they see it by the contact's version alone."""
