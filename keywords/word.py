"""The kinds of words that the lists hold."""

from typing import Literal, NamedTuple

import msgspec

Kind = Literal["stop", "start", "help"]
Strength = Literal["strong", "soft"]

TWILIO = "Twilio default opt-out, opt-in and help keywords"
FCC = "47 CFR 64.1200(a)(10), the words that are a revocation in themselves"
AWS = "AWS End User Messaging, required opt-out keywords"
AWS_FRENCH = "AWS End User Messaging, French compliance keywords for Canada"
TELNYX = "Telnyx default opt-out keywords"
PROXY = "Twilio Proxy opt-out keywords"
REVOCATION = "CompliancePoint, examples of a valid revocation"
OURS = "ours"


class Language(NamedTuple):
    """The lists of one language. Each list is text, with commas between the phrases.

    Words are written with all their accents; spellings that differ in accents or hyphens are listed once.
    """

    language: str
    strong: tuple[tuple[str, str], ...]
    """Phrases that stop, and nothing else: source and phrases."""
    soft: tuple[tuple[str, str], ...]
    """Words that stop, and may be an answer: source and phrases."""
    start: tuple[tuple[Strength, str, str], ...]
    """Words that allow messages again: strength, source and phrases."""
    help: tuple[tuple[Strength, str, str], ...]
    """Words that ask for help: strength, source and phrases."""
    frames: str
    """Strong phrases with a slot for what is wanted no more (`no more {what}`), one for messages in general alone (`I
    don't want {messages}`), a gap for words of politeness (`melden Sie mich ~ ab`), or parts (`<stop> <send> me`)."""
    request: str
    """Words that ask for it: please. A soft word may stand beside them."""
    polite: str
    """Thanks, greetings, and when: thank you, now."""
    scope: str
    """What a stop is about, in general: everything, me."""
    nouns: str
    """What is sent, in general: messages. Can fill a frame."""
    channels: str
    """The same, named by the way it comes or what is paid for: emails, subscription. `I don't want emails` may answer a
    question, so these don't fill `{messages}`."""
    topics: str
    """What is sent, unless a segment is named so: newsletter. Can fill a frame."""
    asides: str
    """The same, where it may also be said of something else, and so fills no frame: tips, reminders."""
    determiners: str
    """Little words that may stand before these: all of your."""
    parts: tuple[tuple[str, str], ...] = ()
    """Names of closed lists, and their phrases: what may stand at `<name>` in a frame, or be missing at `<name?>`."""


class ReservedWord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A consent word that a message consists of."""

    kind: Kind
    strength: Strength
    word: str
    """As the list, or the builder, writes it."""
    language: str = ""
    """Of a built-in word; empty for a builder's."""
    segment: str = ""
    """The segment that the word stops; empty for everything."""
    rule: int = -1
    """For a segment's word: its position in the flow's `unsubscribe.segments`; -1 where the flow has none for it."""
    further: tuple[str, ...] = ()
    """Segments that the message names besides `segment`."""


def phrases(listed: str) -> tuple[str, ...]:
    """Return the phrases of a list."""
    return tuple(filter(None, map(str.strip, " ".join(listed.split()).split(","))))
