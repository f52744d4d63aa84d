"""How a contact is subscribed, and when the acts were that made it so, as scripts and a contact's fields have it."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from messages.consent import ConsentChange, Membership, SourceKind
from storage.ledger_facts import facts_of, personal_of
from storage.redis.chain import digest, encode_facts
from storage.redis.link import Word
from storage.times import from_ms, to_ms

_NO_MEMBERSHIPS: Mapping[str, Membership] = {}


def membership(field: bytes) -> tuple[Membership, int]:
    """Return what a contact's field says of a subject: how they stand, and the number of the row that made it so."""
    state, _, number = field.partition(b" ")
    return Membership(state.decode()), int(number)


def fields_of(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return field by name, of a hash that a script returned."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def memberships_of(fields: Mapping[bytes, bytes]) -> Mapping[str, Membership]:
    """Return the memberships among a contact's fields, but for those that came back to none."""
    found: dict[str, Membership] = {}
    for name, value in fields.items():
        if name.startswith(b"="):
            state, _ = membership(value)
            if state is not Membership.NONE:
                found[name[1:].decode()] = state
    return found or _NO_MEMBERSHIPS


def lowered_of(fields: Mapping[bytes, bytes], by_rows: Sequence[bytes] = ()) -> Mapping[str, datetime]:
    """Return when consent was lowered, by subject; `by_rows` is what rows without times say (`lua/_act_times.lua`)."""
    found = _times_of(fields, b"<")
    for subject, at in zip(by_rows[::2], by_rows[1::2], strict=True):
        name, time = subject.decode(), from_ms(int(at))
        found[name] = max(found.get(name, time), time)
    return found


def raised_of(fields: Mapping[bytes, bytes]) -> Mapping[str, datetime]:
    """Return when consent was raised, by subject."""
    return _times_of(fields, b">")


def _times_of(fields: Mapping[bytes, bytes], sign: bytes) -> dict[str, datetime]:
    return {
        name[1:].decode(): from_ms(int(value.partition(b" ")[0]))
        for name, value in fields.items()
        if name.startswith(sign)
    }


def change_words(bot: str, change: ConsentChange) -> tuple[Word, ...]:
    """Return a change as scripts take it (`lua/_ledger.lua`)."""
    personal = personal_of(change)
    content = encode_facts(bot, facts_of(change), hashlib.sha256(personal).hexdigest())
    acted: Word = "" if change.source is SourceKind.MERGE else to_ms(change.acted_at or change.at)
    return change.subject, change.before.value, change.after.value, content, digest(content), personal, acted
