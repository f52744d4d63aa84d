"""What is said of a person: each value read and checked once; and a contact as it is shown, whole or masked."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import msgspec
import phonenumbers

from filters.model import Several
from filters.person import SEVERAL, SUBJECTS, KnownPerson, subscribed
from flows.engine.turn import tidy
from flows.engine.values import read_answer
from flows.model.bot import Bot
from flows.model.parts import LONGEST_ANSWER, Choice, QuestionPart
from flows.own_lines import MASKED
from flows.walk import all_parts
from messages.addresses import PROBLEM, REMEDY, Address, ExternalId, Malformed, is_rewritten, read_value
from messages.channel_addresses import ChannelAddress
from messages.consent import Membership
from messages.contact import BY_WORD, DETAILS, EDITABLE, Contact, FieldValue, Kind
from messages.errors import BadInput
from schedules.wall_clock import zone

TYPES: Final = ("text", "number", "date", "yes_no")
"""What a field may hold that the flow does not declare."""
LONGEST: Final = 500
"""Characters of a detail."""
LONGEST_NAME: Final = 200
"""Characters of a tag, of a field's name, of a sequence or a topic."""
LARGEST: Final = 10**15
"""Numbers are closer to zero than this, as in filters."""

_EXTENSION = re.compile(r"(?:;ext=|[,;]?\s*(?:ext(?:ensio)?n?\.?|x|#))\s*\d{1,7}$", re.IGNORECASE)
_PLAIN_NUMBER = re.compile(r"\+[1-9]\d*(?:[ .-]\d+)*", re.ASCII)
"""A phone number with its country, and nothing but single marks between its digits, as most of a file are."""
_MARKS: Final = str.maketrans("", "", "+ .-")
_YES_NO: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def checked_name(name: str, place: str) -> str:
    """Return a tag, or what something else is called, as it is kept: in one line. Raises BadInput."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadInput(f"a name has 1 to {LONGEST_NAME} visible characters", place=place, remedy="Write such a name")
    return name


def checked_detail(word: str, value: str) -> str:
    """Return a detail as it is kept: in one line; empty where it is taken away.

    Raises BadInput that names the detail and what is wrong with it.
    """
    if word not in EDITABLE:
        raise BadInput(f"there is no {word!r}", place=word, remedy=f"Choose of {', '.join(EDITABLE)}")
    value = " ".join(value.split())
    if len(value) > LONGEST or not value.isprintable():
        problem = f"it has at most {LONGEST} characters, all of which can be seen"
        raise BadInput(problem, place=word, remedy="Shorten it, and leave out what can't be seen")
    if not value:
        return ""
    try:
        return _KINDS[EDITABLE[word].kind](word, value)
    except BadInput as error:
        raise BadInput(error.problem, place=word, remedy=error.remedy) from None


def _any(_word: str, value: str) -> str:
    return value


def _email(_word: str, value: str) -> str:
    match read_value(value):
        case Address(address=address):
            return address
        case Malformed(problem, remedy):
            raise BadInput(problem, remedy=remedy)
    raise BadInput(f"{value!r} is not an email address", remedy="Write an address such as ana@example.org")


def _id(word: str, value: str) -> str:
    match read_value(value):
        case ExternalId(id=found):
            return found
        case Malformed(problem, remedy):
            raise BadInput(problem, remedy=remedy)
    raise BadInput(f"{value!r} is not a valid {word.replace('_', ' ')}", remedy="Write it without an @")


def _phone(_word: str, value: str) -> str:
    """Numbers are kept as people write them. One with its country must be one that can be; of others nothing is known
    but that they are digits, as an extension within a company is.
    """
    if _is_plainly_possible(value):
        return value
    if is_rewritten(value):
        raise BadInput(PROBLEM, remedy=REMEDY)
    refusal = BadInput(f"{value!r} is not a phone number", remedy="Write its digits, as in +33 6 12 34 56 78")
    bare = _EXTENSION.sub("", value.removeprefix("tel:"))
    if any(map(str.isalpha, bare)) or not re.match(r"[(\d+＋]", bare):
        raise refusal
    with_country = bare.lstrip("(").startswith(("+", "＋"))
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException as error:
        if error.error_type == error.INVALID_COUNTRY_CODE and not with_country:
            return value
        raise refusal from None
    if with_country and not phonenumbers.is_possible_number(number):
        raise refusal
    return value


def _is_plainly_possible(number: str) -> bool:
    """Tell whether a number has a country and a length that numbers there have. It answers what the library would, many
    times as fast, and tells False of whatever the library has to look at.
    """
    if not _PLAIN_NUMBER.fullmatch(number):
        return False
    digits = number.translate(_MARKS)
    place, lengths, prefix = _numbering(digits[:3])
    national = digits[place:]
    return len(national) in lengths and national[0] != "0" and (prefix is None or not prefix.match(national))


@cache
def _numbering(digits: str) -> tuple[int, frozenset[int], re.Pattern[str] | None]:
    """Return how many of the first digits of a number name its country, how many digits numbers there have, and what
    may come before them that is no part of them.
    """
    for place in range(1, len(digits) + 1):
        region = phonenumbers.region_code_for_country_code(int(digits[:place]))
        known = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(int(digits[:place]), region)
        if known is not None and known.general_desc is not None:
            prefix = known.national_prefix_for_parsing
            lengths = frozenset(known.general_desc.possible_length)
            return place, lengths, None if prefix is None else re.compile(prefix)
    return 0, frozenset(), None


def _language(_word: str, value: str) -> str:
    language = tidy(value)
    if not language:
        raise BadInput(f"{value!r} is not a language", remedy="Write its code, such as de or pt-BR")
    return language


def _time_zone(_word: str, value: str) -> str:
    return zone(value).key


def _picture(_word: str, value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]\S*", value):
        raise BadInput(f"{value!r} is not a web address", remedy="Give one such as https://example.org/ana.png")
    return value


_KINDS: Final = {
    Kind.NAME: _any,
    Kind.EMAIL: _email,
    Kind.ID: _id,
    Kind.PHONE: _phone,
    Kind.LANGUAGE: _language,
    Kind.TIME_ZONE: _time_zone,
    Kind.PICTURE: _picture,
    Kind.WORD: _any,
}


def field_value(flow: Bot, name: str, text: str, kind: str = "", language: str = "") -> FieldValue | None:
    """Return a field's value as it is written: by the type that the flow declares, else `kind`, else as text. None for
    an empty text.

    Raises BadInput that names the field and what it takes.
    """
    declared, _ = declared_field(flow, name)
    wanted = declared or kind or "text"
    text = text.strip()
    if not text:
        return None
    value: FieldValue | None
    if wanted == "yes_no":
        value = _YES_NO.get(text.casefold())
        if value is None:
            raise BadInput(f"{text!r} is neither yes nor no", place=f"fields.{name}", remedy="Write yes or no")
    elif wanted in ("number", "date", "email"):
        value = _iso_day(text) if wanted == "date" else None
        value = read_answer(wanted, text, language or "en") if value is None else value
        if value is None:
            raise _no(text, wanted, name)
    else:
        value = text
    return checked_field(flow, name, value)


def checked_field(flow: Bot, name: str, value: FieldValue | None) -> FieldValue | None:
    """Return a field's value as it is kept, None where it is taken away. Raises BadInput for one of another type than
    the flow declares, one that is none of its choices, and what no field can hold.
    """
    checked_name(name, "fields")
    place = f"fields.{name}"
    if isinstance(value, str):
        value = value.strip() or None
    if value is None:
        return None
    if isinstance(value, str):
        if not value.replace("\n", "").replace("\t", "").isprintable():
            raise BadInput("it has characters that can't be seen", place=place, remedy="Take them out")
        if len(value) > LONGEST_ANSWER:
            raise BadInput(f"it has more than {LONGEST_ANSWER:,} characters", place=place, remedy="Shorten it")
    elif not isinstance(value, bool) and not (isfinite(value) and -LARGEST < value < LARGEST):
        raise BadInput("the number has more than 15 digits before the point", place=place, remedy="Keep it as text")
    declared, choices = declared_field(flow, name)
    if not _is(declared, value):
        raise _no(value, declared, name)
    return _chosen(name, str(value), choices) if choices else value


def _no(value: FieldValue, wanted: str, name: str) -> BadInput:
    called = "an email address" if wanted == "email" else f"a {wanted}"
    return BadInput(f"{value!r} is not {called}", place=f"fields.{name}", remedy=f"{name} holds {called}")


def declared_field(flow: Bot, name: str) -> tuple[str, tuple[str | Choice, ...]]:
    """Return the type and the choices of a field, which may stand at the question that fills it; '' for any type."""
    field = flow.fields.get(name)
    kind, choices = ("", ()) if field is None else (field.type, field.choices)
    if (field is None or kind == "choice") and not choices:
        for _, _, part in all_parts(flow):
            if isinstance(part, QuestionPart) and part.field == name:
                return (kind or part.type), (part.choices if part.type == "choice" else ())
    return kind, choices if kind == "choice" else ()


def _chosen(name: str, text: str, choices: tuple[str | Choice, ...]) -> str:
    """Return the choice that a text names, by what is stored or by what people see, in whatever capitals."""
    for choice in choices:
        if text.casefold() in {form.casefold() for form in _forms(choice)}:
            return choice if isinstance(choice, str) else choice.value
    known = ", ".join(choice if isinstance(choice, str) else choice.value for choice in choices)
    raise BadInput(f"{text!r} is none of its choices", place=f"fields.{name}", remedy=f"Choose of {known}")


def _forms(choice: str | Choice) -> Iterator[str]:
    if isinstance(choice, str):
        yield choice
        return
    yield choice.value
    yield from [choice.label] if isinstance(choice.label, str) else choice.label.values()


def _is(kind: str, value: FieldValue) -> bool:
    match kind:
        case "":
            return True
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "yes_no":
            return isinstance(value, bool)
        case "date":
            return isinstance(value, str) and _iso_day(value) == value
        case "email":
            return isinstance(value, str) and isinstance(read_value(value), Address)
    return isinstance(value, str)


def _iso_day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


class Account(msgspec.Struct, frozen=True):
    """An account on a channel."""

    channel: str
    user: str


class AddressView(msgspec.Struct, frozen=True):
    """Where a person is written to on one channel."""

    channel: str
    conversation: str
    """Its key; empty where the person was never met there, and is written to first."""
    reachable: bool
    unreachable: str
    """The channel's code for why nothing can be sent; empty when something can."""
    last_act: datetime | None
    """When the person last did something there."""
    opens_until: datetime | None
    """Until when the channel takes messages of the bot's own accord; null: it sets no bound, or there was no act."""


class NoteView(msgspec.Struct, frozen=True):
    """What staff wrote about a person."""

    at: datetime
    author: str
    text: str


class _Known(msgspec.Struct, frozen=True):
    id: str
    version: int
    accounts: tuple[Account, ...]


if TYPE_CHECKING:

    class _DetailViews(_Known, frozen=True):
        """A text for each detail of a person, under its word."""
else:
    _DetailViews = msgspec.defstruct("_DetailViews", [(word, str) for word in BY_WORD], bases=(_Known,), frozen=True)


class ContactView(_DetailViews, frozen=True):
    """A person. For those who may not see it, what tells who they are is masked."""

    created_at: datetime | None
    subscribed_at: datetime | None
    last_seen: datetime | None
    tags: tuple[str, ...]
    fields: Mapping[str, FieldValue]
    events: Mapping[str, datetime]
    completed: Mapping[str, datetime]
    talked_with: tuple[str, ...]
    notes: tuple[NoteView, ...]
    sequences: tuple[str, ...] | None = None
    """Of which the person is a member; as `topics` and `memberships`, only where one contact is asked for."""
    topics: tuple[str, ...] | None = None
    addresses: tuple[AddressView, ...] | None = None
    """Where the person is written to, one a channel; only where one contact is asked for."""
    memberships: Mapping[str, str] | None = None
    """How the person stands to each segment, and under `*` to everything; only where one contact is asked for."""


def contact_view(
    person: KnownPerson, *, masked: bool, memberships: Mapping[str, Membership] | None = None
) -> ContactView:
    """Return a person as they are shown."""
    contact = person.contact
    hide = _hidden if masked else _shown
    details: dict[str, Any] = {
        each.word: (hide if each.is_personal else _shown)(each.stored(contact)) for each in DETAILS
    }
    return ContactView(
        id=contact.id,
        version=contact.version,
        accounts=tuple(Account(one.channel, hide(one.user)) for one in contact.identities),
        **details,
        created_at=contact.created_at,
        subscribed_at=contact.subscribed_at,
        last_seen=person.last_seen,
        tags=tuple(sorted(contact.tags)),
        fields={name: MASKED if masked else value for name, value in sorted(contact.fields.items())},
        events=contact.events,
        completed=contact.completed,
        talked_with=tuple(sorted(map(hide, contact.talked_with))),
        notes=tuple(NoteView(note.at, note.author, hide(note.text)) for note in contact.notes),
        sequences=_subscribed(contact, Several.SEQUENCE, memberships),
        topics=_subscribed(contact, Several.TOPIC, memberships),
        addresses=None if memberships is None else tuple(address_view(one, hide) for one in person.addresses),
        memberships=memberships,
    )


def address_view(address: ChannelAddress, hide: Callable[[str], str] = str) -> AddressView:
    """Return an address as it is shown; `hide` masks what tells who the person is."""
    return AddressView(
        channel=address.channel,
        conversation=hide(address.key),
        reachable=not address.code,
        unreachable=address.code,
        last_act=address.last_act,
        opens_until=address.opens_until,
    )


def _subscribed(
    contact: Contact, several: Several, memberships: Mapping[str, Membership] | None
) -> tuple[str, ...] | None:
    if memberships is None:
        return None
    return tuple(sorted(subscribed(SUBJECTS[several], memberships, SEVERAL[several](contact))))


def _hidden(text: str) -> str:
    return MASKED if text else ""


def _shown(text: str) -> str:
    return text
