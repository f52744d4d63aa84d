"""Writing everything into Redis."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from flows.engine.turn import ConversationState
from messages.addresses import other_handles
from messages.codec import RecordDecoder, encode, to_ms
from messages.consent import SourceKind
from messages.contact import Contact, Identity
from messages.errors import StoreError
from messages.import_rows import Reason
from messages.inbound import ConversationReference
from storage.audience_records import FailedRow, ImportJob, SegmentRecord
from storage.enrolments import Enrolment
from storage.erase import is_blank
from storage.ledger import acted_ms
from storage.records import AuditRow, Draft, JournalEntry, OutboxRow
from storage.redis.cluster import Cluster
from storage.redis.enrolments import save_in_shards
from storage.redis.ledger import digest, encode_facts
from storage.redis.outbox import encode_row
from storage.redis.pipeline import (
    RESTORE_HANDLES,
    RESTORE_IGNORED,
    RESTORE_JOURNAL,
    RESTORE_LEDGER,
    RESTORE_REPLIES,
    RESTORE_TIMES,
    SET_LIVE,
    Script,
    Word,
)
from storage.redis.shards import LOOSE_EVENTS, ROOT, Shard, Shards, account, event, shard_of
from storage.redis.work import add_in_shards
from storage.transfer import (
    ErasedHandle,
    Evidence,
    FailedImportRow,
    Ignored,
    JournalEnd,
    JournalRecord,
    Kind,
    LastSeen,
    LedgerRecord,
    Record,
    RevisionRecord,
    SeenEvent,
    SubjectTimes,
    Timer,
    link_content,
)
from storage.work import Work

_encode_row = msgspec.json.Encoder().encode
_decode_entry = RecordDecoder[JournalEntry](JournalEntry)

_SCRIPTS: Mapping[Kind, Script] = {
    Kind.JOURNAL: RESTORE_JOURNAL,
    Kind.REPLIES: RESTORE_REPLIES,
    Kind.IGNORED: RESTORE_IGNORED,
    Kind.LEDGER: RESTORE_LEDGER,
}
"""Kinds whose records are numbered as they are written: a script passes over those that were written before."""

Command = tuple[Word, ...]
Places = Mapping[Identity, Shard]
"""The shard of each person who acts in a batch of records, by account; empty where there is one shard."""


class Restore:
    """Writes records of one bot."""

    def __init__(self, cluster: Cluster, meta: Shards) -> None:
        self._cluster = cluster
        self._meta = meta

    async def write(self, bot: str, kind: Kind, first: int, records: Sequence[Record]) -> None:
        """Write records, of which `first` of this kind came before."""
        shards = await self._meta.of_bot(bot)
        if kind in _OF_CONTACTS:
            await _OF_CONTACTS[kind](self, shards, records)
            return
        if kind in _SCRIPTS:
            await self._write_numbered(shards, kind, first, records)
            return
        commands: defaultdict[Shard, list[Command]] = defaultdict(list)
        places = await self._places(shards, records)
        for ordinal, record in enumerate(records, first + 1):
            for shard, command in _commands(shards, places, ordinal, record):
                commands[shard].append(command)
        for of_shard in commands.values():
            await self._cluster.read_all(of_shard)
        if kind is Kind.CONTACTS:
            await self._write_handles(shards, first, records)
        if kind is Kind.ERASED:
            await self._take_salt(records)
        if kind is Kind.REVISIONS and records:
            number = max(record.info.number for record in records if isinstance(record, RevisionRecord))
            for shard in shards if number > 0 else ():
                await self._cluster.call(SET_LIVE, shard.prefix, number)

    async def _write_handles(self, shards: Sequence[Shard], first: int, records: Sequence[Record]) -> None:
        words: defaultdict[Shard, list[Word]] = defaultdict(list)
        for ordinal, contact in enumerate(records, first + 1):
            assert isinstance(contact, Contact)  # noqa: S101  # the kind says so
            for handle in other_handles(contact):
                words[_contact_home(shards, contact)] += (ordinal, handle.kind.value, handle.key)
        for shard, of_shard in words.items():
            await self._cluster.call(RESTORE_HANDLES, shard.prefix, *of_shard)

    async def write_by_contact(self, shards: Sequence[Shard], records: Sequence[Record]) -> None:
        await save_in_shards(self._cluster, shards, [each for each in records if isinstance(each, Enrolment)])
        await add_in_shards(self._cluster, shards, [each for each in records if isinstance(each, Work)])

    async def write_last_seen(self, shards: Sequence[Shard], records: Sequence[Record]) -> None:
        seen = [record for record in records if isinstance(record, LastSeen)]
        homes = await self._homes(shards, [record.contact for record in seen])
        for record in seen:
            key = f"{homes[record.contact].prefix}contact:{record.contact}"
            fields: list[Word] = [] if record.at is None else ["seen", record.at]
            fields += ["barred", 1] if record.barred else []
            if fields:
                await self._cluster.read_all([("HSET", key, *fields)])

    async def write_times(self, shards: Sequence[Shard], records: Sequence[Record]) -> None:
        times = [record for record in records if isinstance(record, SubjectTimes)]
        homes = await self._homes(shards, [record.contact for record in times])
        words: defaultdict[Shard, list[Word]] = defaultdict(list)
        for record in times:
            known = ("" if at is None else at for at in (record.lowered, record.raised))
            words[homes[record.contact]] += (record.contact, record.subject, *known)
        for shard, of_shard in words.items():
            await self._cluster.call(RESTORE_TIMES, shard.prefix, *of_shard)

    async def write_journal_ends(self, shards: Sequence[Shard], records: Sequence[Record]) -> None:
        for record in records:
            assert isinstance(record, JournalEnd)  # noqa: S101  # the kind says so
            fields: list[Word] = ["turns", record.turns]
            if record.pruned_at is not None:
                fields += ["pruned", f"{record.pruned} {record.pruned_at} "]
            for shard in shards:
                key = f"{shard.prefix}conversation:{record.conversation}"
                if await self._cluster.ask.exists(key):
                    await self._cluster.read_all([("HSET", key, *fields)])

    async def _take_salt(self, records: Sequence[Record]) -> None:
        """Key the hashes of handles as the source did."""
        for record in records:
            assert isinstance(record, ErasedHandle)  # noqa: S101  # the kind says so
            if record.salt != self._meta.salt:
                await self._cluster.ask.hset(f"{ROOT}meta", "salt", record.salt)
                self._meta.salt = record.salt

    async def _write_numbered(self, shards: Sequence[Shard], kind: Kind, first: int, records: Sequence[Record]) -> None:
        about = [record.facts.contact for record in records if isinstance(record, LedgerRecord)]
        homes = await self._homes(shards, about) if about else {}
        places = await self._places(shards, records)
        words: defaultdict[Shard, list[Word]] = defaultdict(list)
        for ordinal, record in enumerate(records, first + 1):
            shard, of_record = _numbered(shards, homes, places, record)
            words[shard] += (ordinal, *of_record)
        for shard, of_shard in words.items():
            await self._cluster.call(_SCRIPTS[kind], shard.prefix, kind.value, *of_shard)
        if kind is Kind.JOURNAL:
            events = [_event_of(record.record) for record in records if isinstance(record, JournalRecord)]
            await self._cluster.read_all(("ZREM", f"{shards[0].prefix}{LOOSE_EVENTS}", name) for name in events)

    async def _places(self, shards: Sequence[Shard], records: Sequence[Record]) -> Places:
        """Return the shards of those who act, which may be those of other accounts of theirs."""
        acting = {reference.account for record in records if (reference := _reference(record)) and reference.user}
        places: dict[Identity, Shard] = {}
        for one in acting if len(shards) > 1 else ():
            own = shards[shard_of(one.channel, one.user, len(shards))]
            whose = await self._cluster.ask.hget(f"{own.prefix}identities", account(one.channel, one.user))
            places[one] = shards[int(whose[1:])] if whose is not None and whose.startswith(b"@") else own
        return places

    async def _homes(self, shards: Sequence[Shard], about: Sequence[str]) -> Mapping[str, Shard]:
        """Return the shard of each contact."""
        contacts = list(dict.fromkeys(about))
        homes: dict[str, Shard] = {}
        for shard in shards:
            found = await self._cluster.read_all(("EXISTS", f"{shard.prefix}contact:{contact}") for contact in contacts)
            homes.update((contact, shard) for contact, there in zip(contacts, found, strict=True) if there)
        lost = set(contacts) - homes.keys()
        if lost:
            raise StoreError(f"records are about contacts that were not copied: {', '.join(sorted(lost)[:3])}")
        return homes


def _commands(shards: Sequence[Shard], places: Places, ordinal: int, record: Record) -> list[tuple[Shard, Command]]:
    """Return what writes a record, the same each time."""
    if isinstance(record, ConversationState):
        return _state(_home(shards, places, record.reference), record)
    if isinstance(record, Timer):
        return _timer(_home(shards, places, record.reference), record)
    make = _PLAIN.get(type(record))
    if make is None:
        raise StoreError(f"a {type(record).__name__} is not a record of its own")
    return make(shards, ordinal, record)


def _contact(shards: Sequence[Shard], ordinal: int, contact: Contact) -> list[tuple[Shard, Command]]:
    """`ordinal` stands for the microsecond in which the contact became known: an early one, and in order."""
    places = [shards[shard_of(one.channel, one.user, len(shards))] for one in contact.identities]
    home = _contact_home(shards, contact)
    key = f"{home.prefix}contact:{contact.id}"
    facts = ("version", contact.version, "record", encode(contact), "since", ordinal, "number", ordinal)
    is_gone = is_blank(contact) or contact.merged_into
    commands: list[tuple[Shard, Command]] = [
        (home, ("HSET", key, *facts, *(("gone", 1) if is_gone else ()))),
        (home, ("HSET", f"{home.prefix}numbers", ordinal, contact.id)),
        (home, ("ZADD", f"{home.prefix}people", ordinal, contact.id)),
        (home, ("HSET", f"{home.prefix}meta", "people", ordinal, "changes", ordinal)),
    ]
    if contact.merged_into:
        commands.append((home, ("SADD", f"{home.prefix}merged-into:{contact.merged_into}", contact.id)))
    for place, one in zip(places, contact.identities, strict=True):
        whose = contact.id if place == home else f"@{home.number}"
        commands.append((place, ("HSET", f"{place.prefix}identities", account(one.channel, one.user), whose)))
        if place != home:
            commands.append((home, ("HSET", f"{home.prefix}identities", account(one.channel, one.user), contact.id)))
    return commands


def _contact_home(shards: Sequence[Shard], contact: Contact) -> Shard:
    """Return the shard of a contact: that of the first account. Who has none is where `add_contact` puts them; who was
    erased is in the first, as their conversations are.
    """
    if is_blank(contact):
        return shards[0]
    first = contact.identities[0] if contact.identities else Identity("", contact.id)
    return shards[shard_of(first.channel, first.user, len(shards))]


def _segment(shards: Sequence[Shard], ordinal: int, segment: SegmentRecord) -> list[tuple[Shard, Command]]:
    return [
        (shards[0], ("HSET", f"{shards[0].prefix}segments", segment.id, encode(segment))),
        (shards[0], ("HSET", f"{shards[0].prefix}meta", "segments", ordinal)),
    ]


_OF_CONTACTS: Mapping[Kind, Callable[[Restore, Sequence[Shard], Sequence[Record]], Awaitable[None]]] = {
    Kind.LAST_SEEN: Restore.write_last_seen,
    Kind.ACT_TIMES: Restore.write_times,
    Kind.JOURNAL_ENDS: Restore.write_journal_ends,
    **dict.fromkeys((Kind.ENROLMENTS, Kind.WORK), Restore.write_by_contact),
}
"""Kinds that are written in a way of their own."""


def _erased(shards: Sequence[Shard], ordinal: int, handle: ErasedHandle) -> list[tuple[Shard, Command]]:
    del ordinal
    commands: list[tuple[Shard, Command]] = [
        (shard, ("SADD", f"{shard.prefix}erased", handle.digest)) for shard in shards
    ]
    if handle.lowered is not None:
        commands += [
            (shard, ("HSET", f"{shard.prefix}erased-times", handle.digest, handle.lowered)) for shard in shards
        ]
    return commands


def _import(shards: Sequence[Shard], ordinal: int, job: ImportJob) -> list[tuple[Shard, Command]]:
    prefix = shards[0].prefix
    return [
        (shards[0], ("HSET", f"{prefix}import-records", job.id, encode(job))),
        (shards[0], ("HSET", f"{prefix}imports", job.id, ordinal)),
        (shards[0], ("HSET", f"{prefix}meta", "imports", ordinal)),
    ]


def _failed_row(shards: Sequence[Shard], _: int, row: FailedImportRow) -> list[tuple[Shard, Command]]:
    member = _encode_row(FailedRow(row.line, row.value, Reason(row.reason), row.detail))
    return [(shards[0], ("ZADD", f"{shards[0].prefix}import-failed:{row.job}", row.line, member))]


def _reference(record: Record) -> ConversationReference | None:
    match record:
        case JournalRecord():
            return _decode_entry(record.record).event.reference
        case ConversationState() | Timer() | OutboxRow() | Ignored():
            return record.reference
    return None


def _home(shards: Sequence[Shard], places: Places, reference: ConversationReference) -> Shard:
    """Return the shard of a conversation: that of its person. Who has no account is in the first."""
    return places.get(reference.account, shards[0])


def _state(shard: Shard, state: ConversationState) -> list[tuple[Shard, Command]]:
    key = f"{shard.prefix}conversation:{state.key}"
    return [
        (shard, ("HSET", key, "version", state.version, "state", encode(state), "contact", state.contact)),
        (shard, ("ZADD", f"{shard.prefix}conversations", 0, state.key)),
        (shard, ("SADD", f"{shard.prefix}conversations-of:{state.contact}", state.key)),
    ]


def _event(shards: Sequence[Shard], ordinal: int, seen: SeenEvent) -> list[tuple[Shard, Command]]:
    """Whose event it was is not said, so every shard knows it. It is loose until its turn comes."""
    del ordinal
    name = event(seen.channel, seen.event_id)
    answer = "" if seen.answer is None else f"+{seen.answer}"
    commands: list[tuple[Shard, Command]] = [(shard, ("HSET", f"{shard.prefix}seen", name, answer)) for shard in shards]
    if seen.fingerprint:
        commands += [(shard, ("HSET", f"{shard.prefix}fingerprints", name, seen.fingerprint)) for shard in shards]
    return [*commands, (shards[0], ("ZADD", f"{shards[0].prefix}{LOOSE_EVENTS}", seen.at, name))]


def _evidence(shards: Sequence[Shard], ordinal: int, evidence: Evidence) -> list[tuple[Shard, Command]]:
    del ordinal
    return [(shard, ("HSET", f"{shard.prefix}evidence", evidence.digest, evidence.text)) for shard in shards]


def _timer(shard: Shard, timer: Timer) -> list[tuple[Shard, Command]]:
    return [
        (shard, ("ZADD", f"{shard.prefix}timers", to_ms(timer.due), timer.timer)),
        (shard, ("HSET", f"{shard.prefix}timer-conversations", timer.timer, timer.conversation)),
    ]


def _audit(shards: Sequence[Shard], ordinal: int, row: AuditRow) -> list[tuple[Shard, Command]]:
    """Rows keep their numbers; the last one written is the last there is."""
    del ordinal
    prefix, sequence = shards[0].prefix, row.sequence
    return [
        (shards[0], ("HSET", f"{prefix}audit", sequence, encode(row))),
        (shards[0], ("ZADD", f"{prefix}audit-of:{row.target}", sequence, sequence)),
        (shards[0], ("HSET", f"{prefix}meta", "audit", sequence)),
        (shards[0], ("HSETNX", f"{prefix}meta", "audit-first", sequence)),
    ]


def _draft(shards: Sequence[Shard], ordinal: int, draft: Draft) -> list[tuple[Shard, Command]]:
    del ordinal
    words = ("version", draft.version, "source", draft.source, "digest", draft.digest)
    who = ("author", draft.author, "at", to_ms(draft.saved_at))
    return [(shards[0], ("HSET", f"{shards[0].prefix}draft", *words, *who))]


def _revision(shards: Sequence[Shard], ordinal: int, revision: RevisionRecord) -> list[tuple[Shard, Command]]:
    """The text goes to the first shard; that it is live is said in all by who calls. Those that are never live come in
    order, so that the last one tells how many there are.
    """
    del ordinal
    info = revision.info
    key = f"{shards[0].prefix}revision:{info.number}"
    words = ("source", revision.source, "digest", info.digest, "author", info.author, "at", to_ms(info.pushed_at))
    facts = ("note", info.note, "rolled-back-to", info.rolled_back_to)
    count: list[Command] = [] if info.number > 0 else [("SET", f"{shards[0].prefix}kept-revisions", -info.number)]
    return [(shards[0], command) for command in (("HSET", key, *words, *facts), *count)]


_PLAIN: Mapping[type, Callable[..., list[tuple[Shard, Command]]]] = {
    Contact: _contact,
    SeenEvent: _event,
    Evidence: _evidence,
    AuditRow: _audit,
    Draft: _draft,
    RevisionRecord: _revision,
    SegmentRecord: _segment,
    ErasedHandle: _erased,
    ImportJob: _import,
    FailedImportRow: _failed_row,
}


def _event_of(entry: bytes) -> str:
    taken = _decode_entry(entry).event
    return event(taken.reference.channel, taken.event_id)


def _numbered(
    shards: Sequence[Shard], homes: Mapping[str, Shard], places: Places, record: Record
) -> tuple[Shard, tuple[Word, ...]]:
    """Return where a record goes, and its words for the kind's script."""
    match record:
        case JournalRecord():
            shard = _home(shards, places, _decode_entry(record.record).event.reference)
            turn = (record.conversation, _event_of(record.record), record.at, record.record)
            return shard, (*turn, record.ordinal, link_content(shard.bot, record), record.digest)
        case OutboxRow():
            shard = _home(shards, places, record.reference)
            return shard, (record.conversation, record.status.value, encode_row(record), to_ms(record.queued_at))
        case Ignored(conversation, reference, at, text):
            shard = _home(shards, places, reference)
            return shard, (conversation, to_ms(at), text)
        case LedgerRecord(facts, personal, personal_digest):
            shard = homes[facts.contact]
            content = encode_facts(shard.bot, facts, personal_digest)
            acted: Word = "" if facts.source == SourceKind.MERGE else acted_ms(facts, personal)
            words = (facts.subject, facts.before, facts.after, content, digest(content), personal or b"", acted)
            return shard, (facts.contact, *words)
        case _:
            raise StoreError(f"a {type(record).__name__} has no number")
