"""Why a turn came out as it did: what matched, on which revision, and what it changed."""

from collections.abc import Iterator

from rich.text import Text

from adapters.terminal.printable import printable
from flows.engine import trace
from flows.engine.turn import TraceStep
from messages.consent import Membership
from messages.effects import ChangeConsent
from storage.records import JournalEntry, OutboxRow

_WORDS: dict[str, str] = {
    trace.RESERVED: "a consent word",
    trace.PRESS: "pressed",
    trace.PRESS_REFUSED: "the press was refused",
    trace.QUICK_REPLY: "taken for the quick reply",
    trace.KEYWORD: "keyword",
    trace.DEFAULT: "nothing matched: the default reply",
    trace.SILENT: "a person has the conversation: nothing is said",
    trace.OFFER: "offered the built-in button",
    trace.WELCOME: "welcome",
    trace.WELCOMED: "was welcomed before",
    trace.ENDED: "the conversation ended",
    trace.TIMER: "the wait is over",
    trace.WAIT_ENDED: "the wait is over, and the rest is not sent:",
    trace.STALE_TIMER: "nothing waits for this timer any more",
    trace.NOTHING: "means nothing to a flow",
    trace.MESSAGE: "message",
    trace.ANSWER: "stored the answer in",
    trace.UNFIT: "the answer does not fit",
    trace.GIVEN_UP: "gave up asking for",
    trace.CONDITION: "condition",
    trace.FIELD: "set",
    trace.TAG: "tag",
    trace.CONSENT: "consent",
    trace.UNCHANGED: "consent was so already",
    trace.CANCELLED: "what waited was cancelled",
    trace.ALONE: "depends on what is known of the person: said to them alone",
    trace.BACK_WORD: "a word that ends a hand-over",
    trace.HANDED_BACK: "the bot has the conversation again",
    trace.TEAM: "the team's own bot",
    trace.TEAM_SILENCED: "what the team's own bot said is not sent:",
}


def traced(entry: JournalEntry) -> Iterator[Text]:
    """Tell why a turn came out as it did, a line each."""
    outcome = entry.outcome
    digest = f" ({entry.revision_digest[:12]})" if entry.revision_digest else ""
    rules = f"rules {outcome.rules}" if outcome.rules else "rules of before release 0.1.0"
    yield _line(f"turn {entry.turn} · revision {outcome.revision}{digest} · {rules}")
    for step in outcome.trace:
        yield _line(_told(step), "bold red" if step.notice else "dim")
    standing = {name: str(how) for name, how in entry.memberships.items() if how is not Membership.NONE}
    before = ", ".join(f"{name} {how}" for name, how in sorted(standing.items())) or "none"
    changes = [effect.change for effect in outcome.effects if isinstance(effect, ChangeConsent)]
    after = ", ".join(f"{change.subject} {change.before} → {change.after}" for change in changes)
    yield _line(f"memberships before: {before}" + (f"; changed: {after}" if after else ""))


def _told(step: TraceStep) -> str:
    where = f" {step.message}" if step.message else ""
    revision = f" of revision {step.revision}" if step.revision and step.message else ""
    detail = f" {step.detail}" if step.detail else ""
    return f"{_WORDS.get(step.kind, step.kind)}{detail}{' ·' if detail and where else ''}{where}{revision}"


def attempted(row: OutboxRow) -> Iterator[Text]:
    """Tell how often a reply was sent and what the channel said."""
    parts = [f"reply {row.message.id}", f"{row.attempts} attempts" if row.attempts != 1 else "1 attempt"]
    if row.sent:
        parts.append(f"{row.sent} payloads taken")
    if row.channel_message_ids:
        parts.append(f"the channel calls it {', '.join(row.channel_message_ids)}")
    if row.reason:
        parts.append(f"the channel answered: {row.reason}")
    yield _line(" · ".join(parts))


def _line(text: str, style: str = "dim") -> Text:
    return Text(printable(f"· {text}"), style)
