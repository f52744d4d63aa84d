"""Checks of consent: ways in and out, what a confirmation says, what an opt-in must tell."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from flows.checks.view import Check, Fault, Limits, View, by_language, warning
from flows.model.base import Localised, text_for
from flows.model.bot import Bot, Segment
from flows.model.buttons import ButtonConsent, SubscriptionButton, UrlButton, consent_of
from flows.model.parts import Card, CarouselPart, QuestionPart, TextPart
from flows.model.state_parts import JoinPart
from flows.walk import FoundButton, Path, buttons_of, parts_of
from messages.consent import ALL, kind_of_subject, name_of_subject

_WORD = re.compile(r"[^\W_]+")
_SHORT = 4
_STEM = 5


def says(text: str, meaning: str, share: float) -> bool:
    """Tell whether `text` has at least `share` of the telling words of `meaning`; true when it has none to say."""
    wanted = _telling(meaning)
    return not wanted or len(wanted & _telling(text)) >= share * len(wanted)


def _telling(text: str) -> frozenset[str]:
    """Return the beginnings of the longer words; for scripts without spaces, pairs of neighbouring characters."""
    found: set[str] = set()
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if any(_has_no_spaces(character) for character in word):
            found.update(word[start : start + 2] for start in range(max(1, len(word) - 1)))
        elif len(word) >= _SHORT:
            found.add(word[:_STEM])
    return frozenset(found)


def _has_no_spaces(character: str) -> bool:
    """Tell whether a character is of a script that writes words without spaces: Chinese, Japanese, Thai, Khmer, Lao."""
    return "\u3040" <= character <= "\u9fff" or "\u0e00" <= character <= "\u0eff" or "\u1780" <= character <= "\u17ff"


NO_WAY_OUT = warning("no-way-out", "People can opt in to a segment, and the flow gives them no way to leave it.")
NO_PURPOSE = warning("no-purpose", "People can opt in to a segment that does not say what they agree to.")
PURPOSE_NOT_SAID = warning("purpose-not-said", "The text beside an opt-in button does not say the segment's purpose.")
NO_CONFIRMATION = warning("no-confirmation", "The reply to an opt-in or opt-out does not say what was changed.")

_PURPOSE_SHARE = 1 / 3
_NAME_SHARE = 1 / 2


class _Act(NamedTuple):
    """A button or keyword that changes a membership: the subject, the way to its reply, the reply."""

    segment: str
    path: Path
    reply: str


def _find_consent(view: View, _limits: Limits) -> Iterator[Fault]:
    opt_ins, opt_outs = _acts(view)
    entered, left = {act.segment for act in opt_ins}, {act.segment for act in opt_outs}
    places = {name: _listed(view.bot, name) or created for name, created in _entrances(view).items()}
    for name, segment in view.segments.items():
        enter = "opt in to" if name in entered else "join"
        if name in places and name not in left:
            yield NO_WAY_OUT.broken(
                places[name],
                f"people can {enter} `{name}` and the flow gives them no way to leave it alone",
                f"Add a button with `{_opt_out(name)}`, or words under `unsubscribe: segments:`",
                at_key=True,
            )
        if name in places and segment.purpose is None:
            yield NO_PURPOSE.broken(
                places[name],
                f"people can {enter} `{name}`, and nothing says what they agree to",
                _add_purpose(name, listed=bool(_listed(view.bot, name))),
                at_key=True,
            )
    for found in view.buttons:
        consent = consent_of(found.button)
        if consent is not None and consent.raises and consent.subject != ALL:
            yield from _purpose(view, found, consent)
    for act in (*opt_ins, *opt_outs):
        yield from _confirmation(view, act)


def _listed(bot: Bot, subject: str) -> Path:
    """Return the way to where the file lists a subject; empty for a segment that a button creates."""
    key, name = f"{kind_of_subject(subject).rstrip(':') or 'segment'}s", name_of_subject(subject)
    listed: Mapping[str, Segment] = getattr(bot, key)
    return (key, name) if name in listed else ()


def _opt_out(subject: str) -> str:
    kind = kind_of_subject(subject).rstrip(":")
    return f"{kind}: {name_of_subject(subject)}, act: opt_out" if kind else f"opt_out: {subject}"


def _placeholder(subject: str) -> str:
    """Return what a text names a subject by: `segment.tips`, `topic.news`."""
    return f"{kind_of_subject(subject).rstrip(':') or 'segment'}.{name_of_subject(subject)}"


def _entrances(view: View) -> dict[str, Path]:
    """Return the way to the first button, keyword or part by which people come in."""
    found: dict[str, Path] = {}
    for path, _, button, _ in view.buttons:
        consent = consent_of(button)
        if consent is not None and consent.raises and consent.subject != ALL:
            found.setdefault(consent.subject, (*path, consent.key))
    for position, rule in enumerate(view.bot.keywords):
        if rule.opt_in is not None:
            found.setdefault(rule.opt_in, ("keywords", position, "opt_in"))
    for path, _, part in view.parts:
        if isinstance(part, JoinPart):
            found.setdefault(part.join, (*path, "join"))
    return found


def _add_purpose(name: str, *, listed: bool) -> str:
    where = "Add `purpose:`" if listed else f"Add `{name}` under `segments`, with a `purpose:`"
    return f"{where} in the words that people read; it is kept with each consent"


def _acts(view: View) -> tuple[list[_Act], list[_Act]]:
    opt_ins: list[_Act] = []
    opt_outs: list[_Act] = []
    for path, _, button, _ in view.buttons:
        consent = consent_of(button)
        if consent is not None and consent.subject != ALL:
            acts = opt_ins if consent.raises else opt_outs
            acts.append(_Act(consent.subject, (*path, "reply"), consent.reply))
    for position, rule in enumerate(view.bot.keywords):
        path = ("keywords", position, "message")
        if rule.opt_in is not None:
            opt_ins.append(_Act(rule.opt_in, path, rule.message))
        if rule.opt_out is not None:
            opt_outs.append(_Act(rule.opt_out, path, rule.message))
    for position, words in enumerate(view.bot.unsubscribe.segments):
        opt_outs.append(_Act(words.segment, ("unsubscribe", "segments", position, "reply"), words.reply))
    return opt_ins, opt_outs


def _purpose(view: View, found: FoundButton, consent: ButtonConsent) -> Iterator[Fault]:
    segment = view.segments.get(consent.subject)
    if segment is None or segment.purpose is None:
        return
    for language in view.bot.languages:
        shown = " ".join(_in(text, language, view.bot) for text in (*_beside(view.bot, found), found.button.label))
        purpose = _in(segment.purpose, language, view.bot)
        if not says(shown, purpose, _PURPOSE_SHARE) and f"{name_of_subject(consent.subject)}.purpose" not in shown:
            yield PURPOSE_NOT_SAID.broken(
                (*found.path, consent.key),
                f"in {language}, the text beside this button does not say what people agree to (`{purpose}`)",
                f"Say it in the text, or put `{{{{ {_placeholder(consent.subject)}.purpose }}}}` there",
            )
            return


def _beside(bot: Bot, found: FoundButton) -> list[Localised]:
    """Return the texts that a person sees with a button; for a quick reply, those of the message."""
    if isinstance(found.on, TextPart):
        return [found.on.text]
    if isinstance(found.on, Card):
        return [found.on.title, *([found.on.subtitle] if found.on.subtitle is not None else [])]
    return _said_by(bot, found.message)


def _said_by(bot: Bot, name: str) -> list[Localised]:
    said: list[Localised] = []
    for _, _, part in parts_of(name, bot.messages[name]):
        match part:
            case TextPart():
                said.append(part.text)
            case QuestionPart():
                said.append(part.question)
            case CarouselPart():
                said.extend(text for card in part.carousel for text in (card.title, card.subtitle) if text is not None)
            case _:
                pass
    return said


def _confirmation(view: View, act: _Act) -> Iterator[Fault]:
    segment = view.segments.get(act.segment)
    if segment is None or act.reply not in view.bot.messages:
        return
    said = _said_by(view.bot, act.reply)
    for language in view.bot.languages:
        words = " ".join(_in(text, language, view.bot) for text in said)
        if not words or not _names(words, act.segment, segment, language, view.bot):
            yield NO_CONFIRMATION.broken(
                act.path,
                f"in {language}, the reply `{act.reply}` does not say what was changed",
                f"Name it there: `{_in(segment.name, language, view.bot)}`",
            )
            return


def _names(words: str, name: str, segment: Segment, language: str, bot: Bot) -> bool:
    """Tell whether a reply names a segment: by its name, by its purpose, or by a placeholder for either."""
    if f"{_placeholder(name)}." in words or says(words, _in(segment.name, language, bot), _NAME_SHARE):
        return True
    return segment.purpose is not None and says(words, _in(segment.purpose, language, bot), _PURPOSE_SHARE)


def _in(text: Localised, language: str, bot: Bot) -> str:
    return text_for(text, language, bot.languages[0])


CONSENT = Check((NO_WAY_OUT, NO_PURPOSE, PURPOSE_NOT_SAID, NO_CONFIRMATION), _find_consent)


ADVERTISES = warning("advertises", "The confirmation of an unsubscribe has a link, an offer or a button that sells.")

_LINK = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|org|net|io|shop|eu)\b", re.IGNORECASE)
_OFFER = re.compile(
    r"\d\s?%|\b(?:offers?|discounts?|sale|deals?|buy|shop|coupons?|vouchers?|promos?"
    r"|offres?|remises?|soldes|achetez|boutique|angebote?|rabatt|gutscheine?|kaufen"
    r"|ofertas?|descuentos?|compra|tienda|offerta|sconto|descontos?|aanbieding|korting|promocja|rabat|zniżka)\b",
    re.IGNORECASE,
)


def _find_farewell(view: View, _limits: Limits) -> Iterator[Fault]:
    confirmation = view.bot.unsubscribe.confirmation
    if confirmation is not None and (smell := _smell(" ".join(words for _, words in by_language(confirmation)))):
        yield ADVERTISES.broken(("unsubscribe", "confirmation"), f"the confirmation has {smell}", _REMEDY)
    replies = {
        button.reply
        for _, _, button, _ in view.buttons
        if isinstance(button, SubscriptionButton) and button.subscription == "out"
    }
    for name in sorted(replies & view.bot.messages.keys()):
        message = view.bot.messages[name]
        for path, _, part in parts_of(name, message):
            if isinstance(part, TextPart) and (smell := _smell(" ".join(words for _, words in by_language(part.text)))):
                yield ADVERTISES.broken((*path, "text"), f"`{name}` confirms an unsubscribe and has {smell}", _REMEDY)
        for path, _, button, _ in buttons_of(name, message):
            consent = consent_of(button)
            opts_in = consent is not None and consent.raises and consent.subject != ALL
            if opts_in or isinstance(button, UrlButton):
                what = "an opt-in button" if opts_in else "a link"
                yield ADVERTISES.broken(path, f"`{name}` confirms an unsubscribe and has {what}", _REMEDY)


_REMEDY = "Say that the messages stop, and how to start them again; nothing else"


def _smell(text: str) -> str:
    if _LINK.search(text):
        return "a link"
    found = _OFFER.search(text)
    return f"an offer (`{found[0]}`)" if found else ""


FAREWELL = Check((ADVERTISES,), _find_farewell)
