"""Names that the flow uses and does not have."""

from collections.abc import Iterator

from filters.model import Tag
from flows.checks.reach import exits_of
from flows.checks.view import Check, Fault, Limits, View, by_language, error, warning
from flows.model.bot import Bot
from flows.model.buttons import consent_of
from flows.model.conditions import StoredField
from flows.model.parts import QuestionPart
from flows.model.state_parts import AddTagPart, ClearPart, JoinPart, LeavePart, RemoveTagPart, SetPart
from flows.source.nodes import did_you_mean, nearest
from flows.walk import Path, known_fields, subject_asked
from messages.consent import ALL, kind_of_subject, name_of_subject
from messages.contact import IN_FLOWS

UNKNOWN_MESSAGE = error("unknown-message", "Something leads to a message that the flow does not have.")
UNKNOWN_SEGMENT = error("unknown-segment", "A button or keyword names a segment that the flow does not have.")
SEGMENT_ELSEWHERE = warning(
    "segment-elsewhere", "A condition names a segment that the flow does not have; staff may have made it."
)
UNKNOWN_TOPIC = error("unknown-topic", "A button, keyword or part names a topic that the flow does not list.")
UNKNOWN_SEQUENCE = error("unknown-sequence", "A button, keyword or part names a sequence that the flow does not list.")
NOT_DECLARED = warning("not-declared", "A condition names a topic or a sequence that the flow does not list.")
UNKNOWN_FIELD = error("unknown-field", "A part or condition names a field that `fields` does not list.")
UNKNOWN_TAG = error("unknown-tag", "A part or condition names a tag that `tags` does not list.")

Named = tuple[Path, str]


def _find_references(view: View, _limits: Limits) -> Iterator[Fault]:
    bot = view.bot
    for path, name in _messages(bot):
        if name not in bot.messages:
            yield UNKNOWN_MESSAGE.broken(
                path,
                f"there is no message `{name}`",
                did_you_mean(name, bot.messages, otherwise=f"Add `{name}` under `messages`, or correct its spelling"),
            )
    for path, subject in _subjects(view):
        if subject not in view.segments:
            kind, name = kind_of_subject(subject), name_of_subject(subject)
            rule, word = _KINDS[kind]
            remedy = did_you_mean(name, _names(view, kind), otherwise=f"Add `{name}` under `{word}s`")
            yield rule.broken(path, f"there is no {word} `{name}`", remedy)
    yield from _elsewhere(view)
    fields = known_fields(view.bot)
    for path, name in _fields(view):
        if name not in fields:
            otherwise = f"Ask for the detail: `{name}`" if name in IN_FLOWS else f"Add `{name}` under `fields`"
            remedy = did_you_mean(name, () if name in IN_FLOWS else fields, otherwise=otherwise)
            yield UNKNOWN_FIELD.broken(path, f"there is no field `{name}`", remedy)
    for path, name in _tags(view):
        if bot.tags and name not in bot.tags:
            remedy = did_you_mean(name, bot.tags, otherwise=f"Add `{name}` to `tags`")
            yield UNKNOWN_TAG.broken(path, f"`tags` does not list `{name}`", remedy)


_KINDS = {
    "": (UNKNOWN_SEGMENT, "segment"),
    "topic:": (UNKNOWN_TOPIC, "topic"),
    "sequence:": (UNKNOWN_SEQUENCE, "sequence"),
}


def _names(view: View, kind: str) -> list[str]:
    return [name_of_subject(subject) for subject in view.segments if kind_of_subject(subject) == kind]


def _elsewhere(view: View) -> Iterator[Fault]:
    for path, _, condition in view.conditions:
        subject = subject_asked(condition)
        if subject is None or subject in view.segments or subject in view.kept:
            continue
        kind, name = kind_of_subject(subject), name_of_subject(subject)
        if kind:
            word = kind.rstrip(":")
            near = nearest(name, _names(view, kind), cutoff=0.8)
            instead = f", or write `{near}` if that is meant" if near else ""
            yield NOT_DECLARED.broken(
                (*path, word),
                f"the flow lists no {word} `{name}`",
                f"Add `{name}` under `{word}s`, with a `name` and a `purpose`{instead}",
            )
        else:
            near = nearest(name, _names(view, ""), cutoff=0.8)
            instead = f"write `{near}` if that is meant" if near else "add it under `segments`"
            remedy = f"Leave it if staff keep a segment `{name}`, or {instead}"
            yield SEGMENT_ELSEWHERE.broken((*path, "segment"), f"the flow has no segment `{name}`", remedy)


def _messages(bot: Bot) -> Iterator[Named]:
    for key, name in (("welcome", bot.welcome), ("default", bot.default)):
        if name is not None:
            yield (key,), name
    for position, rule in enumerate(bot.keywords):
        yield ("keywords", position, "message"), rule.message
    for name, link in bot.links.items():
        yield ("links", name, "message"), link.message
    for position, words in enumerate(bot.unsubscribe.segments):
        yield ("unsubscribe", "segments", position, "reply"), words.reply
    for name, sequence in bot.sequences.items():
        for position, step in enumerate(sequence.steps):
            yield ("sequences", name, "steps", position, "message"), step.message
    for message_id, message in bot.messages.items():
        yield from exits_of(message_id, message)


def _subjects(view: View) -> Iterator[Named]:
    for position, rule in enumerate(view.bot.keywords):
        for key, name in (("opt_in", rule.opt_in), ("opt_out", rule.opt_out)):
            if name is not None:
                yield ("keywords", position, key), name
    for position, words in enumerate(view.bot.unsubscribe.segments):
        yield ("unsubscribe", "segments", position, "segment"), words.segment
    for path, _, button, _ in view.buttons:
        consent = consent_of(button)
        if consent is not None and consent.subject != ALL:
            yield (*path, consent.key), consent.subject
    for path, _, part in view.parts:
        match part:
            case JoinPart(join=subject):
                yield (*path, "join"), subject
            case LeavePart(leave=subject):
                yield (*path, "leave"), subject
            case _:
                pass


def _fields(view: View) -> Iterator[Named]:
    for path, _, part in view.parts:
        match part:
            case QuestionPart():
                yield (*path, "field"), part.field
            case SetPart():
                yield (*path, "set"), part.set
            case ClearPart():
                yield (*path, "clear"), part.clear
            case _:
                pass
    for path, _, condition in view.conditions:
        if isinstance(condition, StoredField) and condition.field in IN_FLOWS:
            continue
        if (name := getattr(condition, "field", None)) is not None:
            yield (*path, "field"), name


def _tags(view: View) -> Iterator[Named]:
    for name, link in view.bot.links.items():
        if link.tag is not None:
            yield ("links", name, "tag"), link.tag
    for path, _, part in view.parts:
        if isinstance(part, AddTagPart):
            yield (*path, "add_tag"), part.add_tag
        elif isinstance(part, RemoveTagPart):
            yield (*path, "remove_tag"), part.remove_tag
    for path, _, condition in view.conditions:
        if isinstance(condition, Tag):
            yield (*path, "tag"), condition.name


REFERENCES = Check(
    (
        UNKNOWN_MESSAGE,
        UNKNOWN_SEGMENT,
        SEGMENT_ELSEWHERE,
        UNKNOWN_TOPIC,
        UNKNOWN_SEQUENCE,
        NOT_DECLARED,
        UNKNOWN_FIELD,
        UNKNOWN_TAG,
    ),
    _find_references,
)


DUPLICATE_ID = error("duplicate-button-id", "Two buttons have the same `id`.")
REPEATED_LABEL = warning("repeated-label", "Two buttons shown together have the same label.")


def _find_buttons(view: View, _limits: Limits) -> Iterator[Fault]:
    ids: dict[str, str] = {}
    labels: set[tuple[Path, str, str]] = set()
    for path, message, button, _ in view.buttons:
        if button.id in ids:
            yield DUPLICATE_ID.broken(
                (*path, "id"),
                f"a button on `{ids[button.id]}` is already called `{button.id}`",
                "Give this one another name; the ledger tells buttons apart by it",
            )
        elif button.id is not None:
            ids[button.id] = message
        for language, label in by_language(button.label):
            here = (path[:-1], language, label.casefold())
            if here in labels:
                yield REPEATED_LABEL.broken(
                    (*path, "label"),
                    f"another button beside this one also says `{label}`",
                    "Say on each button what it does",
                )
                break
            labels.add(here)


BUTTONS = Check((DUPLICATE_ID, REPEATED_LABEL), _find_buttons)
