"""Answers to the question that is open."""

from msgspec.structs import replace

from flows.engine import trace
from flows.engine.own_words import own_words
from flows.engine.parts import part_at, resume, start_message
from flows.engine.rendering import Voice
from flows.engine.turn import Run
from flows.engine.values import limit_words, offered_choices, read_answer, read_choice
from flows.engine.work import Work
from flows.limits import Rule, broken_limit
from flows.model.parts import QuestionPart
from flows.revision import Revision
from keywords.reserved import ReservedWord, reserved
from messages.contact import FieldValue
from messages.effects import OutgoingText


def open_question(work: Work) -> tuple[QuestionPart, Revision, Run] | None:
    """Return the question that is open, on the revision that asked it.

    One whose revision or part is gone is a fault, and is closed.
    """
    run = work.run
    if run is None or not run.asked:
        return None
    revision = work.snapshot.revision(run.revision)
    part = part_at(revision, run) if revision is not None else None
    if revision is not None and isinstance(part, QuestionPart):
        return part, revision, run
    kind = trace.MISSING_REVISION if revision is None else trace.MISSING_PART
    work.note(kind, message=run.message, revision=run.revision, notice=True)
    work.run = None
    return None


def expects(work: Work, soft: ReservedWord) -> bool:
    """Tell whether the open question takes this soft word as an answer, however it was said: `quit`, `Quit please`."""
    if work.run is None or not work.run.asked or (asked := open_question(work)) is None:
        return False
    return any((expected := reserved(word)) and expected.word == soft.word for word in asked[0].expects)


def answer(work: Work, text: str) -> bool:
    """Take a text as the answer to the open question, if there is one; tell whether that settled the event.

    A fit answer is stored, and the message goes on. An unfit one gets the retry text, until the tries are used up: then
    `otherwise` is sent; where there is none, the text is left to the keywords.
    """
    asked = open_question(work)
    if asked is None:
        return False
    part, revision, run = asked
    voice = Voice(work, revision, run.message)
    work.private = run.private
    value: FieldValue | None
    if part.type == "choice":
        value = read_choice(part, text, voice)
    else:
        value = read_answer(part.type, text, work.language(revision))
    broken = broken_limit(part, value) if value is not None else None
    if value is not None and broken is None:
        work.run = None
        work.store(part.field, value)
        work.note(trace.ANSWER, part.field, message=run.message, revision=run.revision)
        resume(work, revision, run)
        return True
    attempts = run.attempts + 1
    if attempts < part.tries:
        _again(part, replace(run, attempts=attempts), voice, broken)
        return True
    work.run = None
    work.note(trace.GIVEN_UP, part.field, message=run.message, revision=run.revision)
    if part.otherwise is None:
        work.private = False
        return False
    start_message(work, revision, part.otherwise, run.callers)
    return True


def _again(part: QuestionPart, run: Run, voice: Voice, broken: Rule | None) -> None:
    """Ask again: in the words for the limit that the answer broke, else in those for any answer, else in our own."""
    work = voice.work
    work.run = run
    work.note(trace.UNFIT, part.field, message=run.message, revision=run.revision)
    own = getattr(part.retry_for, broken) if part.retry_for is not None and broken is not None else None
    words = voice.words(own) if own is not None else ""
    if not words and part.retry is not None:
        words = voice.words(part.retry)
    language, fallback = work.language(voice.revision), voice.revision.fallback
    if not words and broken is not None:
        words = limit_words(part, broken, language, fallback)
    words = words or own_words(f"retry_{part.type}", language, fallback)
    work.say(
        (OutgoingText(words),),
        revision=run.revision,
        message=run.message,
        quick_replies=offered_choices(part, voice),
    )
