"""What a broadcast says: a message of the live flow, or words of its own, checked against that flow and frozen with it.

Words of its own become a message of a revision that is never live: the flow of the moment with one message more. The
builders' draft is not touched.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from flows.checks import channels, check, reach
from flows.checks.view import Limits, view_of
from flows.engine.rendering import act_of
from flows.finding import Finding, FlowInvalid, Severity
from flows.model.bot import Bot
from flows.source.nodes import did_you_mean
from flows.source.read import read_flow, read_message
from flows.walk import buttons_of
from keywords.reserved import ReservedWords
from messages.channels import KINDS
from messages.consent import ALL
from messages.errors import BadInput, StateConflict
from storage.push_records import BroadcastRecord

OWN: Final = "broadcast."
"""How the id begins that the words of a broadcast have as a message."""

_BY_DEFINITION: Final = (reach.UNREACHABLE.code, reach.DEAD_END.code)
"""Nothing in the flow leads to such a message, and it may end the talk."""

_WORD = re.compile(r"[^\W_]+")


class Content(NamedTuple):
    """What is said."""

    bot: Bot
    """The live flow, with the words of the broadcast's own among its messages."""
    messages: Mapping[str, str]
    """By variant, the id of the message; "" where there are none."""
    warnings: tuple[str, ...]

    @property
    def is_own(self) -> bool:
        """Whether it needs a revision of its own."""
        return any(message.startswith(OWN) for message in self.messages.values())


class Cut(msgspec.Struct, frozen=True):
    """What a channel shows otherwise than it is written."""

    channel: str
    what: str


def content_of(broadcast: BroadcastRecord, flow: Bot) -> Content:
    """Return what a broadcast says on a live flow.

    Raises BadInput for a message that the flow does not have, FlowInvalid for words that can't be said, StateConflict
    where nothing is live.
    """
    if not flow.messages:
        raise StateConflict("the bot has no live flow", remedy="Push one first: assent flow push")
    warnings: list[str] = []
    bot = flow
    if broadcast.words:
        bot, found = _read_words(broadcast, flow)
        messages = {"": OWN + broadcast.id}
        warnings += map(str, found)
    elif broadcast.variants:
        messages = {each.name: each.message for each in broadcast.variants}
    else:
        messages = {"": broadcast.message}
    for place, message in enumerate(messages.values()):
        if message not in bot.messages:
            where = f"variants[{place}].message" if broadcast.variants else "message"
            remedy = did_you_mean(message, list(flow.messages), otherwise="Name one of the live flow's messages")
            raise BadInput(f"the live flow has no message `{message}`", place=where, remedy=remedy)
        if not _has_way_out(bot, message, broadcast.subject):
            warnings.append(
                f"{message} has no button to opt out, and the bot's help text does not name STOP: add one of the two"
            )
    return Content(bot, messages, tuple(dict.fromkeys(warnings)))


def _read_words(broadcast: BroadcastRecord, flow: Bot) -> tuple[Bot, tuple[Finding, ...]]:
    name = OWN + broadcast.id
    if name in flow.messages:
        raise StateConflict(f"the live flow has a message `{name}` of its own", remedy="Rename that message")
    source = read_message(broadcast.words, "words", name, flow)
    found = tuple(each for each in check(source, within=("messages", name)) if each.code not in _BY_DEFINITION)
    if any(each.severity is Severity.ERROR for each in found):
        raise FlowInvalid(found)
    return source.bot, found


def _has_way_out(bot: Bot, message: str, subject: str) -> bool:
    """Tell whether a message has a button that opts out, or the bot a help text that names STOP, as the built-in."""
    acts = [act_of(found.button) for found in buttons_of(message, bot.messages[message])]
    if any(act is not None and not act.raises and act.subject in (subject, ALL) for act in acts):
        return True
    text = bot.unsubscribe.help
    reserved = ReservedWords()
    return text is None or all(
        any(map(reserved.holds_strong_word, _WORD.findall(words)))
        for words in ([text] if isinstance(text, str) else text.values())
    )


def cut(bot: Bot, message: str) -> tuple[Cut, ...]:
    """Return what each channel would shorten, split or show otherwise of a message."""

    def found() -> Iterator[Cut]:
        view = view_of(bot.model_copy(update={"messages": {message: bot.messages[message]}}))
        for kind in KINDS:
            for one in (channels.CHANNELS, channels.CHANNEL_TEXTS):
                for fault in one.find(view, Limits((kind,))):
                    if fault.path[:2] == ("messages", message):
                        yield Cut(kind.name, fault.problem)

    return tuple(dict.fromkeys(found()))


def frozen_text(bot: Bot) -> str:
    """Return the text of a revision that has this flow: it reads back as the same."""
    text = json.dumps(bot.model_dump(mode="json", by_alias=True, exclude_unset=True), ensure_ascii=False)
    if read_flow(text, bot.bot, pushed=True).bot != bot:
        raise BadInput("a flow reads back as another one", place="words", remedy="Push the message with the flow")
    return text
