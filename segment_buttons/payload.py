"""What a button sends back when it is pressed: which button of which revision it is, signed.

A payload reads `a2:<bot>:<revision digest>:<button id>:<evidence>:<act>:<mac>`. It lives in chat histories for ever, so
`a2` names the form, and a signature made with an older key still verifies while that key is kept. The digest is that of
the revision's source, `evidence` that of the words shown, and `act` says what the press does to consent
(`segment_buttons.payload`), so that a *Leave* counts where the revision is lost.

`a4:` is the same about a topic or a sequence, whose subject has a colon in it: a version that can't read it tells
that the form is newer.

The form before, `a1:<bot>:<revision number>:<button id>:<evidence>:<mac>`, is read for ever. Every form begins with
`a<number>:<bot>:` and ends in `:<mac>`, 22 characters: by that a version tells a form that is newer than itself.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from messages.consent import ALL
from messages.inbound import ButtonRef

_ID = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"

_OF_SEGMENT = rf"[+-](?:\*|{_ID})"
_OF_SUBSCRIPTION = rf"[+-](?:topic|sequence):{_ID}"

PATTERN = rf"{_OF_SEGMENT}|{_OF_SUBSCRIPTION}"
"""`+tips` opts in to a segment, `-tips` out of it; `+topic:news` to a topic; `+*` allows everything pushed, `-*` stops
it.
"""

_ACT_WORD = re.compile(PATTERN, re.ASCII)


class ConsentAct(NamedTuple):
    """An act of consent: whether it raises or lowers what the person gets, and of which subject."""

    raises: bool
    subject: str
    """A segment's id, `topic:ID`, `sequence:ID`, or `messages.consent.ALL`."""

    @property
    def is_of_everything(self) -> bool:
        """Whether it is about everything pushed."""
        return self.subject == ALL

    def word(self) -> str:
        """Return it as a payload carries it."""
        return f"{'+' if self.raises else '-'}{self.subject}"


def read_act(word: str) -> ConsentAct | None:
    """Return the act that a payload carries; None for a button that changes no consent ('')."""
    if _ACT_WORD.fullmatch(word) is None:
        return None
    return ConsentAct(word[0] == "+", word[1:])


LENGTH = 32
"""Hex digits of a digest."""

LENGTH_OF_OLD = 16
"""Those of a payload that names its revision by number."""

_SHORTEST = 16


def digest_of(words: str, length: int = LENGTH) -> str:
    """Return the digest of words."""
    return hashlib.sha256(words.encode(errors="surrogatepass")).hexdigest()[:length]


def is_digest_of(digest: str, words: str) -> bool:
    """Tell whether `digest`, of whichever length payloads had, is that of `words`."""
    return len(digest) >= _SHORTEST and digest_of(words, len(digest)) == digest


FORM: Final = 4
"""The newest form that this version reads and writes. None is the third: numbers are those of docs/upgrading.md."""

BY_NUMBER: Final = 1
"""The form that names the revision by its number."""

BY_DIGEST: Final = 2
"""The form that names it by its digest."""

LONGEST: Final = 400
"""How long a payload can be; every channel takes that much."""

DIGEST: Final = 32
"""Hex digits by which a payload names its revision."""

_LONGEST_NEWER: Final = 1000
"""A newer form can be as long as Messenger lets it."""

_MAC_BYTES = 16
_MAC = r"[A-Za-z0-9_-]{22}"
_BOT, _BUTTON, _EVIDENCE = r"[A-Za-z0-9_.-]{1,64}", r"[A-Za-z0-9_./-]{1,80}", r"[0-9a-f]{0,64}"
_NUMBER, _DIGEST, _ACT = r"0|[1-9][0-9]{0,17}", r"[0-9a-f]{16,64}", rf"(?:{_OF_SEGMENT})?"
_BY_NUMBER = re.compile(rf"a1:({_BOT}):({_NUMBER}):({_BUTTON}):({_EVIDENCE})", re.ASCII)
_BY_DIGEST = re.compile(rf"a2:({_BOT}):({_DIGEST}):({_BUTTON}):({_EVIDENCE}):({_ACT})", re.ASCII)
_BY_SUBJECT = re.compile(rf"a4:({_BOT}):({_DIGEST}):({_BUTTON}):({_EVIDENCE}):({_OF_SUBSCRIPTION})", re.ASCII)
_HEAD = re.compile(r"a([1-9][0-9]{0,3}):", re.ASCII)
_NEWER = re.compile(rf"a([1-9][0-9]{{0,3}}):({_BOT}):[!-~]+:{_MAC}", re.ASCII)
_COLONS = 5
"""That the shortest form has."""

ANYWHERE: Final = re.compile(
    rf"a1:{_BOT}:(?:{_NUMBER}):{_BUTTON}:{_EVIDENCE}:{_MAC}|a2:{_BOT}:{_DIGEST}:{_BUTTON}:{_EVIDENCE}:(?:{_ACT}):{_MAC}"
    rf"|a4:{_BOT}:{_DIGEST}:{_BUTTON}:{_EVIDENCE}:{_OF_SUBSCRIPTION}:{_MAC}".encode()
)
"""Finds payloads within the bytes of a record."""

NEWER: Final = "newer"
"""Why a payload is refused that a later version made."""

Reason = Literal["unsigned", "forged", "foreign", "newer"]


class RefusedPayload(Exception):
    """A payload that names no button of ours.

    `unsigned`: it has not the form of a payload. `forged`: none of our keys made its signature. `foreign`: it is
    another bot's. `newer`: it has the outer shape of this bot's payloads in a form that a later version made.
    """

    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason
        super().__init__(f"the payload is {reason}")


def sign(ref: ButtonRef, key: bytes) -> str:
    """Return the payload of a button, in the form before where `ref` has no digest.

    Raises ValueError for ids that no flow file can hold.
    """
    body = _body(ref)
    if _read(body) is None:
        raise ValueError(f"not a button that can be signed: {ref}")
    return f"{body}:{_mac(body.encode('ascii'), key)}"


def signed_before(ref: ButtonRef, recorded: Mapping[str, str]) -> str:
    """Return the payload that a recorded turn gave a button, without the key. `recorded`: payloads by `body_of`.

    A button that the recorded turn did not have gets a payload without a signature, which nobody takes.
    """
    body = _body(ref)
    return recorded.get(body) or f"{body}:"


def body_of(payload: str) -> str:
    """Return what a payload's signature is over."""
    return payload.rpartition(":")[0]


def named_by(payload: str) -> ButtonRef | None:
    """Return the button that a payload names, whoever signed it; None for what is no payload."""
    return _read(body_of(payload))


def form_of(payload: str) -> int:
    """Return the number of a payload's form; 0 for what does not begin as one."""
    found = _HEAD.match(payload)
    return int(found[1]) if found is not None else 0


def looks_signed(text: str) -> bool:
    """Tell whether a text can be a payload, of whichever form, rather than somebody's words.

    "a1: is that my seat?" is words.
    """
    if _NEWER.fullmatch(text) is not None:
        return True
    return form_of(text) > 0 and text.count(":") >= _COLONS and not any(sign.isspace() for sign in text)


def verify(payload: str, bot: str, keys: Sequence[bytes]) -> ButtonRef:
    """Return the button that a payload names, if one of `keys` signed it for `bot`. Raises RefusedPayload."""
    if not payload.isascii() or len(payload) > _LONGEST_NEWER:
        raise RefusedPayload("unsigned")
    body, _, mac = payload.rpartition(":")
    ref = _read(body) if len(payload) <= LONGEST else None
    if ref is None:
        raise RefusedPayload(_unread(payload, bot))
    signed, given = body.encode("ascii"), mac.encode("ascii")
    if not any(hmac.compare_digest(_mac(signed, key).encode("ascii"), given) for key in keys):
        raise RefusedPayload("forged")
    if ref.bot != bot:
        raise RefusedPayload("foreign")
    return ref


def _unread(payload: str, bot: str) -> Reason:
    """Tell what a payload is that this version can't read. The signature isn't asked: its key may be newer too."""
    found = _NEWER.fullmatch(payload)
    if found is None or int(found[1]) <= FORM:
        return "unsigned"
    return NEWER if found[2] == bot else "foreign"


def _body(ref: ButtonRef) -> str:
    if ref.digest:
        form = "a4" if ":" in ref.act else "a2"
        return f"{form}:{ref.bot}:{ref.digest}:{ref.button}:{ref.evidence}:{ref.act}"
    return f"a1:{ref.bot}:{ref.revision}:{ref.button}:{ref.evidence}"


def _read(body: str) -> ButtonRef | None:
    found = _BY_DIGEST.fullmatch(body) or _BY_SUBJECT.fullmatch(body)
    if found is not None:
        bot, digest, button, evidence, act = found.groups()
        return ButtonRef(bot=bot, revision=0, button=button, evidence=evidence, digest=digest, act=act)
    found = _BY_NUMBER.fullmatch(body)
    if found is None:
        return None
    return ButtonRef(bot=found[1], revision=int(found[2]), button=found[3], evidence=found[4])


@lru_cache(maxsize=64)
def _keyed(key: bytes) -> "hmac.HMAC":
    """An HMAC that has taken in its key: copying it saves half the work of each signature."""
    return hmac.new(key, digestmod="sha256")


def _mac(body: bytes, key: bytes) -> str:
    made = _keyed(key).copy()
    made.update(body)
    return urlsafe_b64encode(made.digest()[:_MAC_BYTES]).rstrip(b"=").decode("ascii")
