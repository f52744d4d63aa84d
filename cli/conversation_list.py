"""`assent conversation list` and `ignored`: which conversations there are, and what the bot could not answer."""

import heapq
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from pyroaring import BitMap

from audiences.segments import refuse_unknown_segment
from audiences.who import whose_records
from cli.common import (
    MOMENT,
    bot_option,
    chosen_bot,
    context_of,
    may_unmask,
    narrowing_option,
    progress,
    record_unmasking,
    run_with_store,
    unmask_option,
)
from cli.output import json_option, limit_option, print_json, print_table, say_if_more, say_if_older, when
from cli.transcript import state_of
from flows.engine import trace
from flows.engine.turn import ENGINE_FAULT
from flows.own_lines import MASKED
from keywords.normalise import normalise
from messages.channels import ACCOUNTS
from messages.consent import ALL
from messages.errors import NotFound
from privacy.masking import Mask
from publishing.flows import live_bot
from replay.recorded import Unreadable, flow_texts, read_turn
from runtime.clock import now
from staff.acting import EVERYBODY
from storage.port import Store
from storage.records import ConversationSummary, IgnoredMessage, JournalEntry, RecordedTurn

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a conversation must be like; what is empty is not asked for."""

    contact: str = ""
    """The id of one, or a part of names."""
    channel: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    segment: str = ""
    keyword: str | None = None
    member_of: str = ""
    out_of: str = ""
    stopped: bool = False
    with_person: bool = False
    error: bool = False
    failed: bool = False
    is_contact: bool = False
    """Whether `contact` is an id."""

    @property
    def reads_turns(self) -> bool:
        """Whether the journal tells, and nothing shorter does."""
        return self.keyword is not None or self.error or self.until is not None


async def resolved(store: Store, bot: str, wanted: Wanted) -> Wanted:
    """Return the same with the id of the contact that is meant. Raises NotFound for nobody, BadInput for several."""
    if not wanted.contact:
        return wanted
    try:
        return replace(wanted, contact=await whose_records(store, bot, wanted.contact), is_contact=True)
    except NotFound as unknown:
        async for _ in matching(store, bot, Wanted(wanted.contact), ""):
            return wanted  # somebody is called so
        raise NotFound(unknown.problem, remedy=f"Nobody is called so either. {unknown.remedy}") from None


async def matching(
    store: Store, bot: str, wanted: Wanted, after: str, people: BitMap | None = None
) -> AsyncIterator[ConversationSummary]:
    """Yield the conversations that fit, in order of their keys, after one of them. `people`: the numbers of those who
    are in and out of what is wanted.
    """
    async for summary in _found(store, bot, wanted, after):
        if people is None or await _is_among(people, store, summary):
            yield summary


async def _is_among(people: BitMap, store: Store, summary: ConversationSummary) -> bool:
    person = await store.person(summary.bot, summary.contact.id)
    return person is not None and person.number in people


async def _found(store: Store, bot: str, wanted: Wanted, after: str) -> AsyncIterator[ConversationSummary]:
    keys = await _keys(store, bot, wanted)
    if keys is not None and len(keys) <= _PAGE:
        for key in sorted(keys):
            summary = await store.conversation(bot, key) if key > after else None
            if summary is not None and _fits(summary, wanted):
                yield summary
        return
    while page := await store.conversations(bot, after=after, limit=_PAGE):
        for summary in page:
            if (keys is None or summary.state.key in keys) and _fits(summary, wanted):
                yield summary
        after = page[-1].state.key


async def _keys(store: Store, bot: str, wanted: Wanted) -> set[str] | None:
    """Return the keys that ledger, journal or contact leave; None when they were not asked."""
    found: list[set[str]] = []
    if wanted.is_contact:
        found.append(set(await store.conversations_of(bot, wanted.contact)))
    if wanted.segment:
        found.append(await _of_segment(store, bot, wanted))
    if wanted.reads_turns:
        found.append(await _of_turns(store, bot, wanted))
    return set.intersection(*found) if found else None


async def _of_segment(store: Store, bot: str, wanted: Wanted) -> set[str]:
    """Return the conversations in which a membership changed, and those of the people for whom others changed it."""
    keys: set[str] = set()
    people: set[str] = set()
    after = 0
    while rows := await store.ledger(bot, subject=wanted.segment, after=after, limit=_PAGE):
        after = rows[-1].sequence
        changes = [row.change for row in rows if _in_time(row.change.at, wanted)]
        keys.update(change.conversation for change in changes)
        people.update(change.contact for change in changes if not change.conversation)
    if len(people) <= _PAGE:
        for contact in people:
            keys.update(await store.conversations_of(bot, contact))
    else:
        last = ""
        while page := await store.conversations(bot, after=last, limit=_PAGE):
            last = page[-1].state.key
            keys.update(one.state.key for one in page if one.contact.id in people)
    return keys - {""}


async def _of_turns(store: Store, bot: str, wanted: Wanted) -> set[str]:
    """Read the journal once, from the time that is asked for."""
    keys: set[str] = set()
    position = await store.journal_since(bot, wanted.since) if wanted.since is not None else ""
    with progress("reading turns") as advance:
        while (page := await store.journal_page(bot, position, limit=_PAGE)).turns:
            position = page.position
            keys.update(turn.conversation for turn in page.turns if _counts(turn, wanted))
            advance(len(page.turns))
    return keys


def _counts(turn: RecordedTurn, wanted: Wanted) -> bool:
    entry = read_turn(turn)
    if isinstance(entry, Unreadable):
        return wanted.error
    return _in_time(entry.at, wanted) and _happened(entry, wanted)


def _in_time(at: datetime, wanted: Wanted) -> bool:
    return (wanted.since is None or at >= wanted.since) and (wanted.until is None or at < wanted.until)


def _happened(entry: JournalEntry, wanted: Wanted) -> bool:
    steps = entry.outcome.trace
    if wanted.error and not any(step.notice or step.kind in _ERRORS for step in steps):
        return False
    return wanted.keyword is None or any(_hit(wanted.keyword, word) for word in _words(entry))


_ERRORS = (trace.PRESS_REFUSED, ENGINE_FAULT)


def _words(entry: JournalEntry) -> Iterator[str]:
    """Yield the keywords and consent words that a turn hit."""
    for step in entry.outcome.trace:
        if step.kind == trace.KEYWORD:
            yield step.detail
        elif step.kind == trace.RESERVED:
            yield step.detail.partition(": ")[2]


def _hit(keyword: str, word: str) -> bool:
    return not keyword or normalise(keyword) == normalise(word)


def _fits(summary: ConversationSummary, wanted: Wanted) -> bool:
    state, last = summary.state, summary.state.last_event_at
    if (wanted.failed and not summary.failed) or (wanted.with_person and not state.handed_over):
        return False
    if wanted.channel and state.reference.account.channel != wanted.channel:
        return False
    if wanted.since is not None and not wanted.reads_turns and (last is None or last < wanted.since):
        return False
    return wanted.is_contact or wanted.contact.strip().casefold() in summary.contact.name.casefold()


_NEVER = datetime.min.replace(tzinfo=UTC)
_KEPT = 1_000_000
"""How many ignored messages are read; the newest ones, where a bot has more."""


def _filters(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--failed", "--undelivered", "failed", is_flag=True, help="With replies that were given up."),
        click.option("--error", is_flag=True, help="With a fault in the flow or the engine, or a refused press."),
        click.option("--keyword", help="Where this keyword or consent word was hit; '' for any."),
        click.option("--with-person", is_flag=True, help="Handed over to a person, and not given back yet."),
        click.option("--stopped", is_flag=True, help="Of people who stopped everything that is pushed."),
        narrowing_option("--out-of", metavar="SEGMENT", help="Of people who opted out of this segment."),
        narrowing_option(
            "--in",
            "member_of",
            metavar="SEGMENT",
            help="Of people who are in this segment now.",
        ),
        narrowing_option("--segment", help="Where consent for this segment changed; * for everything."),
        click.option("--until", type=MOMENT, help="With turns before then."),
        click.option("--since", type=MOMENT, help="With turns from then on: 7d, 12h, 2026-11-23."),
        click.option("--channel", type=click.Choice(ACCOUNTS), help="On this channel."),
        narrowing_option(
            "--contact",
            help="Of this person: id, e-mail address, external id, account, or a part of the name.",
        ),
    ):
        function = option(function)
    return function


@click.command("list")
@bot_option
@_filters
@click.option("--after", help="Continue after this conversation, in order of keys.")
@limit_option
@unmask_option
@json_option
@click.pass_context
def list_conversations(
    ctx: click.Context,
    /,
    bot: str | None,
    after: str | None,
    limit: int,
    unmask: bool,
    as_json: bool,
    **filters: Any,  # noqa: ANN401  # the fields of Wanted
) -> None:
    """List conversations, with replies that wait or were given up: the newest event first, with --json or --after in
    order of keys. Several filters must all fit.
    """
    may_unmask(ctx, unmask=unmask)
    wanted = Wanted(**filters)
    newest_first = after is None and not as_json

    async def work(store: Store) -> list[ConversationSummary]:
        name = await chosen_bot(store, bot)
        for segment in (wanted.segment, wanted.member_of, wanted.out_of):
            await refuse_unknown_segment(store, name, await live_bot(store, name), segment)
        found = matching(
            store, name, await resolved(store, name, wanted), after or "", await _people(ctx, store, name, wanted)
        )
        rows = await (_newest(found, limit) if newest_first else _first(found, limit))
        if not unmask:
            flows = await flow_texts(store, name)
            return [Mask(row.contact, flows=flows).masked(row) for row in rows]
        for row in rows:
            await record_unmasking(store, name, row.state.key)
        return rows

    rows = run_with_store(ctx, work)
    if as_json:
        print_json(rows)
        return
    print_table(
        ["conversation", "contact", "name", "turns", "last event (UTC)", "waiting", "not delivered", "state"],
        [
            [
                row.state.key,
                row.contact.id,
                row.contact.name,
                str(row.turns),
                when(row.state.last_event_at),
                str(row.pending or ""),
                str(row.failed or ""),
                state_of(row),
            ]
            for row in rows
        ],
        empty="no conversations" + (" that fit" if wanted != Wanted() else ""),
        prose=("name", "state"),
    )
    if newest_first:
        say_if_older(len(rows), limit)
    elif rows:
        say_if_more(len(rows), limit, rows[-1].state.key)


async def _people(ctx: click.Context, store: Store, bot: str, wanted: Wanted) -> BitMap | None:
    """Return the numbers of the people who are where they are wanted; None where everybody is meant."""
    if not (wanted.member_of or wanted.out_of or wanted.stopped):
        return None
    index = await (await context_of(ctx, store, bot)).index()
    found = index.everybody
    if wanted.member_of:
        found = found & index.members(wanted.member_of, now())
    if wanted.out_of:
        found = found & index.standings.to(wanted.out_of).opted_out
    if wanted.stopped:
        found = found & index.standings.to(ALL).opted_out
    return found


async def _first(found: AsyncIterator[ConversationSummary], limit: int) -> list[ConversationSummary]:
    rows: list[ConversationSummary] = []
    async for row in found:
        rows.append(row)
        if len(rows) == limit:
            break
    return rows


async def _newest(found: AsyncIterator[ConversationSummary], limit: int) -> list[ConversationSummary]:
    rows: list[tuple[datetime, str, ConversationSummary]] = []
    async for row in found:
        heapq.heappush(rows, (row.state.last_event_at or _NEVER, row.state.key, row))
        if len(rows) > limit:
            heapq.heappop(rows)
    return [row for *_, row in sorted(rows, reverse=True)]


class IgnoredWords(msgspec.Struct, frozen=True):
    """Messages that nothing answered and that say the same, but for capitals, accents and punctuation."""

    text: str
    """As it was last written."""
    count: int
    conversations: int
    first_at: datetime
    last_at: datetime


@click.command("ignored")
@bot_option
@click.option("--since", type=MOMENT, help="Messages from then on: 7d, 12h, 2026-11-23.")
@limit_option
@unmask_option
@json_option
@click.pass_context
def list_ignored(
    ctx: click.Context, bot: str | None, since: datetime | None, limit: int, unmask: bool, as_json: bool
) -> None:
    """List what people wrote and nothing in the flow answers, the most frequent words first.

    Messages that say the same are one row. They are what a flow could learn to answer.
    """
    may_unmask(ctx, unmask=unmask)

    async def work(store: Store) -> list[IgnoredWords]:
        name = await chosen_bot(store, bot)
        messages = [each for each in await store.ignored(name, limit=_KEPT) if since is None or each.at >= since]
        groups = sorted(_grouped(messages), key=lambda group: (group.count, group.last_at), reverse=True)[:limit]
        if unmask:
            await record_unmasking(store, name, EVERYBODY)
            return groups
        return [msgspec.structs.replace(group, text=MASKED) for group in groups]

    groups = run_with_store(ctx, work)
    if as_json:
        print_json(groups)
        return
    print_table(
        ["times", "conversations", "last (UTC)", "words"],
        [[str(each.count), str(each.conversations), when(each.last_at), each.text] for each in groups],
        empty="no message was ignored",
        prose=("words",),
    )


def _grouped(messages: Sequence[IgnoredMessage]) -> list[IgnoredWords]:
    """Group messages, which come newest first, by what they say."""
    groups: dict[str, list[IgnoredMessage]] = {}
    for message in messages:
        groups.setdefault(normalise(message.text) or message.text, []).append(message)
    return [
        IgnoredWords(group[0].text, len(group), len({each.conversation for each in group}), group[-1].at, group[0].at)
        for group in groups.values()
    ]
