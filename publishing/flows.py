"""From a flow's text to a draft, from a draft to live, and back; what is live."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from flows.checks import check
from flows.diff import Change, diff
from flows.finding import Finding, FlowInvalid, Severity
from flows.format import text_to_push
from flows.model.bot import Bot
from flows.revision import RevisionInfo
from flows.source.read import FlowSource, digest_of, read_flow, read_flow_file
from messages.errors import NotFound, PushConflict
from staff.acting import Staff
from storage.audience_port import Segments
from storage.port import Audit, Revisions
from storage.records import Draft


class PublishingStore(Revisions, Segments, Audit, Protocol):
    """What publishing reads and writes of a store."""


@dataclass(frozen=True)
class Checked:
    """A flow that may be pushed, and the warnings about it."""

    source: FlowSource
    warnings: Sequence[Finding]

    @cached_property
    def text(self) -> str:
        """What a push freezes."""
        return text_to_push(self.source)


def checked(text: str, file: str, *, pushed: bool = False, kept: Collection[str] = ()) -> Checked:
    """Read and check a flow; `pushed`: it is a revision's; `kept`: segments that staff made in the store.

    Raises FlowInvalid with everything that stops a push.
    """
    return _checked(read_flow(text, file, pushed=pushed), kept)


def checked_file(file: Path) -> Checked:
    """Read and check a flow file, without a store. Raises FlowInvalid with everything that stops a push."""
    return _checked(read_flow_file(file), ())


async def kept_segments(store: Segments, bot: str) -> frozenset[str]:
    """Return the ids of the segments that staff made, which the conditions of a flow may name."""
    return frozenset(segment.id for segment in await store.segments(bot))


def _checked(source: FlowSource, kept: Collection[str]) -> Checked:
    findings = check(source, kept=kept)
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise FlowInvalid(findings)
    return Checked(source, findings)


@dataclass(frozen=True, slots=True)
class Plan:
    """What making a flow live would do, made against what is live now."""

    flow: Checked
    live: RevisionInfo | None
    changes: Sequence[Change]
    rolled_back_to: int = 0
    """The revision whose text it is, if it is not the draft's."""
    draft_version: int = 0
    """The draft whose text it is; 0 for a revision's."""

    @property
    def is_live(self) -> bool:
        """Whether there is nothing to do: the same text is live."""
        return self.live is not None and self.live.digest == digest_of(self.flow.text)


async def plan_push(store: PublishingStore, bot: str, *, expected_live: int | None = None) -> Plan:
    """Return what a push of the draft would do. Raises NotFound, FlowInvalid, PushConflict if not that one is live."""
    draft = await _draft(store, bot)
    live = await store.live(bot)
    number = live.number if live else 0
    if expected_live is not None and expected_live != number:
        raise PushConflict(expected_live, number, live.author if live else "")
    flow = checked(draft.source, f"draft of {bot}", kept=await kept_segments(store, bot))
    changes = diff(await live_bot(store, bot), flow.source.bot)
    return Plan(flow, live, changes, draft_version=draft.version)


async def plan_roll_back(store: PublishingStore, bot: str, number: int) -> Plan:
    """Return what making the text of revision `number` live again would do. Raises NotFound, FlowInvalid."""
    text = await revision_text(store, bot, number)
    old = checked(text, f"revision {number} of {bot}", pushed=True, kept=await kept_segments(store, bot))
    return Plan(old, await store.live(bot), diff(await live_bot(store, bot), old.source.bot), number)


async def carry_out(
    store: PublishingStore, plan: Plan, staff: Staff, at: datetime, *, note: str = "", asked_by: str = ""
) -> RevisionInfo:
    """Make the flow of a plan live, as the next revision. Raises PushConflict when another push came first.

    What is live already stays, and nothing is recorded. `asked_by`: who asked for what `staff` approves; its author.
    """
    if plan.live is not None and plan.is_live:
        return plan.live
    expected = plan.live.number if plan.live else 0
    if plan.rolled_back_to:
        note = f"roll back to {plan.rolled_back_to}" + (f", {note}" if note else "")
    return await push(
        store,
        plan.flow,
        staff,
        at,
        note=note,
        expected_live=expected,
        rolled_back_to=plan.rolled_back_to,
        asked_by=asked_by,
    )


async def push(
    store: PublishingStore,
    flow: Checked,
    staff: Staff,
    at: datetime,
    *,
    note: str,
    expected_live: int,
    rolled_back_to: int = 0,
    asked_by: str = "",
) -> RevisionInfo:
    """Make a checked flow live, as the next revision. Raises PushConflict when another push came first."""
    action = "roll_back_flow" if rolled_back_to else "push_flow"
    staff.require(action)
    bot = flow.source.bot.bot
    info = await store.push(
        bot,
        flow.text,
        author=asked_by or staff.name,
        at=at,
        note=note,
        expected_live=expected_live,
        rolled_back_to=rolled_back_to,
    )
    detail = f"revision {info.number}" + (f", with the text of revision {rolled_back_to}" if rolled_back_to else "")
    if asked_by:
        detail += f", asked for by {asked_by}"
    await staff.record(store, bot, action, "flow", at, detail)
    return info


async def save_draft(store: PublishingStore, source: FlowSource, staff: Staff, at: datetime) -> Draft:
    """Keep a flow as the draft of its bot; it may have errors. Nobody but its builders sees a draft."""
    staff.require("save_draft")
    bot = source.bot.bot
    draft = await store.save_draft(bot, source.text, staff.name, at)
    await staff.record(store, bot, "save_draft", "flow", at, f"draft {draft.version}")
    return draft


async def publish_file(
    store: PublishingStore, flow: Path, staff: Staff, at: datetime, *, replace: bool, needs_second: bool = False
) -> tuple[str, str]:
    """Make a flow file live if its bot has no live revision yet, or, with `replace`, if the file differs from it.

    Where a push needs a second person (`publishing.approvals`), it is saved as the draft only.

    Returns the bot's id, and what became of the file, for whoever started the server. Raises FlowInvalid, PushConflict.
    """
    new = checked_file(flow)
    bot = new.source.bot.bot
    live = await store.live(bot)
    is_live = live is not None and live.digest == digest_of(new.text)
    if live is None or (replace and not is_live):
        draft = await store.draft(bot)
        if not needs_second or draft is None or draft.source != new.source.text:
            draft = await save_draft(store, new.source, staff, at)
        if needs_second:
            return (
                bot,
                f"{flow} is draft {draft.version} of {bot}: a push needs a second person, see `assent flow push`",
            )
        number = live.number if live else 0
        info = await push(store, new, staff, at, note=f"from {flow.name}", expected_live=number)
        return bot, f"{flow} is live as revision {info.number} of {bot}"
    if is_live:
        return bot, f"{flow} is live already, as revision {live.number} of {bot}"
    return bot, (
        f"{flow} differs from revision {live.number} of {bot}, which stays live: save and push it to change that"
    )


async def draft_text(store: Revisions, bot: str) -> str:
    """Return the draft. Raises NotFound when there is none."""
    return (await _draft(store, bot)).source


async def _draft(store: Revisions, bot: str) -> Draft:
    draft = await store.draft(bot)
    if draft is None:
        raise NotFound(f"{bot} has no draft", remedy="Save one first: assent flow save FILE")
    return draft


async def revision_text(store: Revisions, bot: str, number: int) -> str:
    """Return a revision. Raises NotFound when there is none of that number."""
    found = await store.revision(bot, number)
    if found is None:
        raise NotFound(f"{bot} has no revision {number}", remedy="See `assent flow history`")
    return found[1]


async def live_text(store: Revisions, bot: str) -> tuple[int, str]:
    """Return the live revision's number and text. Raises NotFound when nothing was pushed yet."""
    live = await store.live(bot)
    if live is None:
        raise NotFound(f"{bot} has no live revision", remedy="Push one first: assent flow push")
    return live.number, await revision_text(store, bot, live.number)


async def live_bot(store: Revisions, bot: str) -> Bot:
    """Return what is live; before the first push, a bot with nothing in it."""
    if await store.live(bot) is None:
        nothing: dict[str, Any] = {"assent": "1", "bot": bot, "name": None, "messages": {}}
        return Bot.model_construct(**nothing)
    number, text = await live_text(store, bot)
    return read_flow(text, f"revision {number} of {bot}", pushed=True).bot
