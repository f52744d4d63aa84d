"""A turn's one read and one write, and which words beside buttons are stored already."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from flows.engine.turn import conversation_key
from messages.addresses import account_handle
from messages.codec import to_ms
from messages.consent import Membership
from messages.contact import Contact, Identity
from messages.effects import CancelTimer, IgnoreMessage, KeepEvidence, StartTimer
from messages.errors import AlreadySeen, AssentError, ConversationBusy, RunStopped, StaleVersion, StoreError
from messages.inbound import ConversationReference, TimerFired
from storage.codec import read_contact, read_state
from storage.continuity import any_raises
from storage.erase import handle_digest
from storage.push_rows import STEP, DecidedPush
from storage.records import Committed, JournalEntry, Loaded, OutboxRow
from storage.redis.cluster import Cluster
from storage.redis.contacts import claim, confirm, give_back, handle_words
from storage.redis.continuity import ShardMemory
from storage.redis.ledger import change_words, fields_of, lowered_of, memberships_of, raised_of
from storage.redis.outbox import Lease, OwnedReplies, encode_row
from storage.redis.pipeline import BEAT, CLAIM_ACCOUNT, COMMIT, LOAD, Word
from storage.redis.pushes import encode_kind
from storage.redis.shards import Shard, Shards, account, event, ledger_sequence, shard_of
from storage.redis.work import packed_words
from storage.turns import EvidenceCache, PreparedTurn
from storage.work import work_of


class Sorted(NamedTuple):
    """The evidence of one turn."""

    new: Sequence[KeepEvidence]
    """To be stored with the turn."""
    known: Sequence[KeepEvidence]
    """Thought to be stored."""
    erasures: int
    """How often evidence of the shard was erased, when that was thought."""


class StoredEvidence:
    """Knows what is stored until somebody, whom it may have told of, is erased."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._cache = EvidenceCache()
        self._erasures: dict[str, int] = {}

    def sort(self, shard: Shard, effects: Iterable[object]) -> Sorted:
        """Tell the evidence among a turn's effects that is new from that which is stored."""
        evidence = [effect for effect in effects if isinstance(effect, KeepEvidence)]
        known = [text for text in evidence if self._cache.has(shard.prefix, text.digest)]
        new = [text for text in evidence if text not in known]
        return Sorted(new, known, self._erasures.get(shard.prefix, 0))

    async def kept(self, shard: Shard, evidence: Sorted, erasures: int) -> None:
        """Take in what the commit of a turn said. What was erased meanwhile is stored after all."""
        if erasures > self._erasures.get(shard.prefix, 0):
            self._cache.clear()
            self._erasures[shard.prefix] = erasures
        if erasures > evidence.erasures:
            for text in evidence.known:
                key = f"{shard.prefix}evidence"
                await self._cluster.ask.hsetnx(key, text.digest, text.text)
        if erasures == self._erasures.get(shard.prefix, 0):
            self._cache.add((shard.prefix, text.digest) for text in evidence.new)

    def forget(self) -> None:
        """What is stored is not known any more."""
        self._cache.clear()


ELSEWHERE = b"@"
"""An account of a contact in another shard names that shard after this sign."""

_HOMES = 10_000
"""Contacts whose home is kept in mind."""


class RedisTurns:
    """`storage.port.Turns`."""

    _cluster: Cluster
    _meta: Shards
    _worker: str
    _evidence: StoredEvidence
    _owned: OwnedReplies
    _lease: Lease
    _memory: ShardMemory
    _listed: set[str]
    """Prefixes of shards that know this worker's lease."""
    _homes: dict[tuple[str, str], Shard]
    """Shards of contacts, by bot and id, that are not those of their first accounts."""

    async def load(self, bot: str, reference: ConversationReference, event_id: str, *, evidence: str = "") -> Loaded:
        acting = reference.account
        shard = await self._meta.home(bot, acting.channel, acting.user)
        words = (
            conversation_key(reference),
            account(acting.channel, acting.user),
            event(reference.channel, event_id),
            evidence,
            handle_digest(self._meta.salt, account_handle(reference.account)),
        )
        found = await self._cluster.call(LOAD, shard.prefix, *words, about=words[0])
        if found[3] is not None and found[3].startswith(ELSEWHERE):
            shard = (await self._meta.of_bot(bot))[int(found[3][1:])]
            found = await self._cluster.call(LOAD, shard.prefix, *words, about=words[0])
        live, version, state, contact, fields, text, answer, said, by_rows = found
        of_contact = fields_of(fields) if contact is not None else {}
        known = None if not of_contact else read_contact(of_contact[b"record"], int(of_contact[b"version"]))
        if known is not None and self._cluster.address.shards > 1:
            await self._remember_home(bot, known, shard)
        if answer is not None and self._cluster.address.replicas:
            await self._cluster.call(BEAT, shard.prefix)  # what was written before this is confirmed with it
        if evidence and text is None:
            text = await self._evidence_elsewhere(bot, shard, evidence)
        return Loaded(
            live=int(live or 0),
            state=None if state is None else read_state(state, int(version)),
            contact=known,
            memberships=memberships_of(of_contact),
            lowered=lowered_of(of_contact, by_rows),
            raised=raised_of(of_contact),
            evidence=None if text is None else text.decode(),
            seen=answer is not None,
            seen_answer=_answer(answer),
            seen_fingerprint=said.decode() if said else "",
        )

    async def _evidence_elsewhere(self, bot: str, shard: Shard, digest: str) -> bytes | None:
        """Look for words that were shown in a group, or before two people were joined: another shard may have them."""
        for other in await self._meta.of_bot(bot):
            if other != shard:
                text: bytes | None = await self._cluster.ask.hget(f"{other.prefix}evidence", digest)
                if text is not None:
                    return text
        return None

    async def commit(self, turn: JournalEntry) -> Committed:
        prepared = PreparedTurn(turn)
        shard = await self._shard_of_turn(prepared)
        remembered = self._memory.words(shard, raising=any_raises(prepared.changes))
        claimed = await self._claim_elsewhere(prepared, shard)
        evidence = self._evidence.sort(shard, prepared.rare_effects)
        rows = [prepared.outbox_row(reply) for reply in prepared.replies]
        words = [*self._words(prepared, shard, rows, evidence.new), *remembered]
        outcome = await self._written(shard, prepared.state.key, words)
        if outcome[0] != b"ok":
            await give_back(self._cluster, shard, claimed)
            if outcome[0] == b"seen":
                said = outcome[2].decode() if outcome[2] else ""
                raise AlreadySeen(prepared.event.event_id, _answer(outcome[1]), said)
            if outcome[0] == b"stale":
                raise StaleVersion(outcome[1].decode())
            if prepared.push is not None and outcome[0] in _REFUSED_PUSHES:
                raise _refused_push(outcome[0], prepared, prepared.push)
        self._memory.heard(shard, outcome)
        _, first_row, first_reply, waited, erasures, *_ = outcome
        await confirm(self._cluster, shard, claimed)
        await self._release_elsewhere(prepared, shard)
        await self._evidence.kept(shard, evidence, erasures)
        if rows:
            self._listed.add(shard.prefix)
            self._lease.began(shard)
        # If it was not told of those before, because it took them over just now, it reads these with them.
        mine = bool(rows) and 0 <= waited <= self._owned.known_up_to(shard, prepared.state.key)
        if mine:
            tell = self._owned.add if waited else self._owned.begin
            tell(shard, prepared.state.key, first_reply, first_reply + len(rows) - 1)
        count = len(prepared.changes)
        shards = self._cluster.address.shards
        return Committed(
            ledger=tuple(ledger_sequence(number, shard, shards) for number in range(first_row, first_row + count)),
            outbox=_numbered(rows, shard, first_reply) if mine else (),
        )

    async def _written(self, shard: Shard, conversation: str, words: Sequence[Word]) -> Any:  # noqa: ANN401  # as the script answers
        try:
            return await self._cluster.call(COMMIT, shard.prefix, *words, about=conversation)
        except StoreError:
            self._lease.trouble()
            raise

    def _words(
        self, turn: PreparedTurn, shard: Shard, rows: Sequence[OutboxRow], evidence: Sequence[KeepEvidence]
    ) -> list[Word]:
        """Return what the script takes."""
        words: list[Word] = [
            self._worker,
            turn.state.key,
            event(turn.event.reference.channel, turn.event.event_id),
            "" if turn.answer is None else f"+{turn.answer}",
            turn.expected_state_version,
            turn.expected_contact_version,
            turn.contact.id,
            turn.state_record,
            turn.contact_record or b"",
            turn.journal_record,
            turn.at,
            0 if shard.prefix in self._listed else self._lease.milliseconds,
            turn.seen_at if turn.seen_at is not None else "-" if turn.is_followed else "",
            turn.fingerprint,
            turn.journal_content,
            *_known_consent(turn),
            len(turn.new_identities),
            *(account(identity.channel, identity.user) for identity in turn.new_identities),
            len(turn.lost_identities),
            *(account(identity.channel, identity.user) for identity in turn.lost_identities),
            len(turn.changes),
        ]
        for change in turn.changes:
            words += change_words(turn.bot, change)
        words.append(len(rows))
        words += [encode_row(row) for row in rows]
        effects = [*(_word_of(text) for text in evidence), *_effects(turn)]
        words.append(len(effects))
        for effect in effects:
            words += effect
        words.append(len(turn.lowered))
        for lowered in turn.lowered.items():
            words += lowered
        words.append(len(turn.raised))
        for raised in turn.raised.items():
            words += raised
        accounts = {account_handle(identity) for identity in turn.new_identities}
        words += handle_words(self._meta.salt, turn.new_handles | accounts, turn.lost_handles)
        return words + _push_words(turn)

    # -- people with accounts in several shards

    async def _remember_home(self, bot: str, contact: Contact, shard: Shard) -> None:
        """Keep in mind where a contact is at home that is not in the shard of its first account: one that staff made.

        What was forgotten, the turn finds stale, and its contact is loaded again.
        """
        first = contact.identities[0] if contact.identities else None
        if first is None or await self._meta.home(bot, first.channel, first.user) == shard:
            self._homes.pop((bot, contact.id), None)
            return
        if len(self._homes) >= _HOMES:
            self._homes.clear()
        self._homes[bot, contact.id] = shard

    async def _shard_of_turn(self, turn: PreparedTurn) -> Shard:
        """Return the shard of the turn's person: that of their first account, if it is not known to be another."""
        known = turn.entry.contact_before or turn.contact
        reference = turn.event.reference
        if (home := self._homes.get((turn.bot, known.id))) is not None:
            return home
        if self._cluster.address.shards == 1 or not known.identities:
            return await self._meta.home(turn.bot, reference.account.channel, reference.account.user)
        first = known.identities[0]
        return await self._meta.home(turn.bot, first.channel, first.user)

    async def _claim_elsewhere(self, turn: PreparedTurn, home: Shard) -> Sequence[tuple[Shard, str]]:
        """Say in the shards of new accounts where their contact is, before it has them. Raises StaleVersion."""
        claimed = await claim(self._cluster, home, await self._elsewhere(turn, turn.new_identities, home))
        if isinstance(claimed, str):
            raise StaleVersion(f"contact of {claimed}")
        return claimed

    async def _release_elsewhere(self, turn: PreparedTurn, home: Shard) -> None:
        for shard, name in await self._elsewhere(turn, turn.lost_identities, home):
            await self._cluster.call(CLAIM_ACCOUNT, shard.prefix, name, "")

    async def _elsewhere(
        self, turn: PreparedTurn, identities: Sequence[Identity], home: Shard
    ) -> list[tuple[Shard, str]]:
        shards = self._cluster.address.shards
        if shards == 1 or not identities:
            return []
        of_bot = await self._meta.of_bot(turn.bot)
        found = [
            (of_bot[shard_of(one.channel, one.user, shards)], account(one.channel, one.user)) for one in identities
        ]
        return [(shard, name) for shard, name in found if shard != home]


def _word_of(evidence: KeepEvidence) -> tuple[Word, Word, Word]:
    return "evidence", evidence.digest, evidence.text


def _effects(turn: PreparedTurn) -> list[tuple[Word, Word, Word]]:
    """Return timers and ignored messages as the script takes them."""
    words: list[tuple[Word, Word, Word]] = []
    for effect in turn.rare_effects:
        match effect:
            case StartTimer(timer, due):
                words.append(("start", timer, to_ms(due)))
            case CancelTimer(timer):
                words.append(("cancel", timer, ""))
            case IgnoreMessage(text):
                words.append(("ignored", "", text))
            case KeepEvidence():
                pass  # those that are new go first
            case _:
                words.append(("work", effect.id, packed_words(work_of(effect, turn.entry))))
    if isinstance(turn.event.action, TimerFired):
        words.append(("cancel", turn.event.action.timer, ""))
    return words


def _push_words(turn: PreparedTurn) -> list[Word]:
    """Return what was decided of the push that the turn was taken for, headed by whether there is one."""
    if turn.push is None:
        return [0]
    event = turn.push.event
    return [
        1,
        turn.push.run,
        "" if STEP in turn.push.run else event.epoch,
        event.push.attempt,
        turn.push.state.value,
        turn.push.reason,
        0 if turn.push.until is None else to_ms(turn.push.until),
        to_ms(event.due),
        event.subject,
        encode_kind(event.subject, turn.push.kind(turn.event.reference.channel)),
    ]


def _known_consent(turn: PreparedTurn) -> list[Word]:
    """Return what the turn knew of its person's consent, headed by how much that is (`lua/_act_times.lua`); -1 for a
    turn that does not depend on it.
    """
    if not turn.asks_consent:
        return [-1]
    entry = turn.entry
    facts = [
        f"={subject} {state.value}" for subject, state in entry.memberships.items() if state is not Membership.NONE
    ]
    facts += [f"<{subject} {to_ms(at)}" for subject, at in entry.lowered.items()]
    return [len(facts), *facts]


_REFUSED_PUSHES = (b"stopped", b"again", b"busy")


def _refused_push(outcome: bytes, turn: PreparedTurn, push: DecidedPush) -> AssentError:
    match outcome:
        case b"stopped":
            return RunStopped(push.run)
        case b"busy":
            return ConversationBusy(turn.state.key)
        case _:
            return AlreadySeen(turn.event.event_id)


def _answer(kept: bytes | None) -> str | None:
    return kept[1:].decode() if kept else None


def _numbered(rows: Sequence[OutboxRow], shard: Shard, first: int) -> tuple[OutboxRow, ...]:
    return tuple(
        msgspec.structs.replace(row, sequence=shard.reply_sequence(number)) for number, row in enumerate(rows, first)
    )
