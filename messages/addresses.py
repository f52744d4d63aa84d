"""What one value of a list is: an e-mail address, an external id, or neither.

Addresses are read as people write and paste them, and compared without regard to case. Domains are compared by their
name on the wire (RFC 5890), with each letter as it is: `ß` is not `ss`, or two people could be taken for one.
"""

import re
import unicodedata
from enum import StrEnum
from typing import Final, NamedTuple

from messages.contact import Contact, Identity

_SCIENTIFIC: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?E[+-]\d{1,3}", re.IGNORECASE)
_WITH_FRACTION: Final = re.compile(r"\+?\d{4,}[.,]0+")
_TOO_WIDE: Final = re.compile(r"#+")

PROBLEM: Final = "a spreadsheet rewrote this number, and digits of it may be lost"
REMEDY: Final = "Format the column as text, write the numbers again, and save the file"


def is_scientific(value: str) -> bool:
    """Tell whether a value is a long number as spreadsheets write it: `3.36E+10`, `3,36E+10`, `####`.

    An id such as `12E3` is none: spreadsheets write the sign.
    """
    return _SCIENTIFIC.fullmatch(value) is not None or _TOO_WIDE.fullmatch(value) is not None


def is_rewritten(value: str) -> bool:
    """Tell whether digits that count nothing, as those of a phone, came through a column of numbers: also
    `33612345678.0`.
    """
    return is_scientific(value) or _WITH_FRACTION.fullmatch(value) is not None


LONGEST_ADDRESS: Final = 254
"""Characters, which is what RFC 5321 (4.5.3.1.3) leaves within the brackets of a path."""

LONGEST_ID: Final = 128
"""Characters."""

_LONGEST_LABEL: Final = 63
"""Characters on the wire (RFC 1035, 2.3.4)."""

_PLAIN = re.compile(
    r"[A-Za-z0-9_+-][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]*+@"
    r"(?:(?!-)[A-Za-z0-9-]{1,63}+(?<!-)\.)++[A-Za-z][A-Za-z0-9-]{0,62}+(?<!-)"
)
"""What most addresses look like; the others are looked at more closely."""

_PLAIN_ID = re.compile(r"[A-Za-z0-9_]+")
"""What most ids look like."""
_BRACKETS = re.compile(r"[^<>]*<([^<>]*)>[\s.,;]*")
_QUOTES: Final = {"'": "'", '"': '"', "‘": "’", "“": "”", "„": "“", "«": "»"}
_NOT_BEFORE_THE_AT = re.compile(r'[()<>\[\]:;,\\"]')
_DOTS = str.maketrans("。．｡", "...")
_GIVE_ONE: Final = "Give an address such as ana@example.org, or the external id"


class Address(NamedTuple):
    """An e-mail address, cleaned of what was pasted around it. `key` is the form in which two are compared."""

    address: str
    key: str


class ExternalId(NamedTuple):
    """An id of another system. Case tells ids apart; `key` is the form in which two are compared."""

    id: str
    key: str


class Malformed(NamedTuple):
    """Neither of both: what is wrong, and what to do."""

    problem: str
    remedy: str


def read_value(value: str) -> Address | ExternalId | Malformed:
    """Return what a value is. What holds an `@` is meant to be an address."""
    if _PLAIN.fullmatch(value) and len(value) <= LONGEST_ADDRESS:
        return Address(value, value.lower())
    if _PLAIN_ID.fullmatch(value) and len(value) <= LONGEST_ID:
        return ExternalId(value, value)
    value = value.replace("＠", "@").strip()
    if "@" in value:
        return _read_address(_clean(value))
    return _read_id(value.rstrip(",; "))


def _clean(value: str) -> str:
    bracketed = _BRACKETS.fullmatch(value)
    if bracketed is not None and "@" in bracketed[1]:
        value = bracketed[1].strip()
    value = value.rstrip(".,; ")
    if len(value) > 1 and _QUOTES.get(value[0]) == value[-1]:
        value = value[1:-1].strip().rstrip(".,; ")
    if value[:7].lower() == "mailto:":
        value = value[7:].partition("?")[0].strip().rstrip(".,; ")
    return value


def _read_address(value: str) -> Address | Malformed:
    local, _, domain = value.rpartition("@")
    wrong = _wrong_before_the_at(value, local)
    if wrong is not None:
        return wrong
    wire = _on_the_wire(domain)
    if isinstance(wire, Malformed):
        return wire
    key = f"{_lower(local)}@{wire}"
    if max(len(value), len(key)) > LONGEST_ADDRESS:
        return Malformed(f"it is longer than {LONGEST_ADDRESS} characters", _GIVE_ONE)
    return Address(value, key)


def _wrong_before_the_at(value: str, local: str) -> Malformed | None:
    if "@" in local:
        return Malformed("there is more than one @", "Put each address on a line of its own")
    if any(map(str.isspace, value)):
        return Malformed("an address can't contain spaces", "Remove the space, or put each address on its own line")
    if not value.isprintable():
        return Malformed("it holds a character that can't be seen", "Type the address again")
    if not local:
        return Malformed("there is nothing before the @", _GIVE_ONE)
    wrong = _NOT_BEFORE_THE_AT.search(local)
    if wrong is not None:
        return Malformed(f"{wrong[0]} is not allowed before the @", "Leave only the address")
    return None


def _on_the_wire(domain: str) -> str | Malformed:
    """Return a domain in lower case, its labels in ASCII."""
    labels = _lower(unicodedata.normalize("NFKC", domain.translate(_DOTS))).split(".")
    if len(labels) < 2:
        return Malformed("the domain after the @ has no dot", "Complete the domain, as in example.org")
    encoded: list[str] = []
    for label in labels:
        if not label:
            return Malformed("a part of the domain is empty", "Take away the dot that is too much")
        if label[0] == "-" or label[-1] == "-" or not all(map(_in_label, label)):
            return Malformed(f"{label} can't be a part of a domain", "Correct what follows the @")
        encoded.append(label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii"))
        if len(encoded[-1]) > _LONGEST_LABEL:
            return Malformed("a part of the domain is too long", "Correct what follows the @")
    if encoded[-1].isdigit():
        return Malformed("the domain ends in a number", "Give the domain's name, as in example.org")
    return ".".join(encoded)


def _in_label(character: str) -> bool:
    return character == "-" or character.isalnum() or unicodedata.category(character)[0] == "M"


def _read_id(value: str) -> ExternalId | Malformed:
    if not value:
        return Malformed("the value is empty", _GIVE_ONE)
    if len(value) > LONGEST_ID:
        return Malformed(f"it is longer than the {LONGEST_ID} characters of an id", _GIVE_ONE)
    if any(map(str.isspace, value)):
        return Malformed("it has no @, and an id can't contain spaces", _GIVE_ONE)
    if not value.isprintable():
        return Malformed("it holds a character that can't be seen", "Type the id again")
    if is_scientific(value):
        return Malformed(PROBLEM, REMEDY)
    return ExternalId(value, unicodedata.normalize("NFC", value))


def _lower(text: str) -> str:
    return unicodedata.normalize("NFC", text.lower())


class HandleKind(StrEnum):
    """What a handle is."""

    __hash__ = str.__hash__  # enum's own is many times as slow, and files have handles by the million
    EMAIL = "email"
    EXTERNAL_ID = "external_id"
    AAD = "aad"
    """A person's object id in the organisation's directory."""
    ACCOUNT = "account"
    """An account on a channel: `channel user`."""


class Handle(NamedTuple):
    """A handle, in the form in which two are compared."""

    kind: HandleKind
    key: str


def handle_of(value: str) -> Handle | Malformed:
    """Return the handle that a value from a person or a file is, as `messages.addresses.read_value` reads it."""
    found = read_value(value)
    if isinstance(found, Malformed):
        return found
    return Handle(HandleKind.EMAIL if isinstance(found, Address) else HandleKind.EXTERNAL_ID, found.key)


def account_handle(identity: Identity) -> Handle:
    """Return the handle that an account is."""
    return Handle(HandleKind.ACCOUNT, f"{identity.channel} {identity.user}")


def account_handles(contact: Contact) -> frozenset[Handle]:
    """Return the handles that are accounts on channels."""
    return frozenset(map(account_handle, contact.identities))


def other_handles(contact: Contact) -> frozenset[Handle]:
    """Return the handles that are no accounts. One whose address is no address can't be found by it."""
    found: set[Handle] = set()
    for value in (contact.email, contact.external_id):
        if value and not isinstance(handle := handle_of(value), Malformed):
            found.add(handle)
    if contact.aad_object_id:
        found.add(Handle(HandleKind.AAD, contact.aad_object_id.lower()))
    return frozenset(found)


def handles_of(contact: Contact) -> frozenset[Handle]:
    """Return all handles of a contact."""
    found = other_handles(contact)
    return account_handles(contact) | found if contact.identities else found
