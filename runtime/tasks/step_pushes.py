"""Pushes steps of sequences by the same turn, claim, pace and delivery as the messages of runs."""

import asyncio
from datetime import timedelta
from typing import Final

from broadcasts.enrolling import LATE
from filters.person import KnownPerson
from flows.model.base import seconds_of
from flows.model.bot import Sequence, Step
from flows.revision import Revision
from messages.consent import SEQUENCE
from messages.pushes import PushState
from runtime.push_delivery import RunHealth
from runtime.tasks.pushes import Pusher, _Run, _Taken
from storage.enrolments import Enrolment
from storage.push_records import BroadcastRecord, PushRow, RunRecord, Slice

_PATIENCE: Final = 3600


class StepPusher(Pusher):
    """Pushes the people of runs, and steps."""

    async def push_step(
        self, enrolment: Enrolment, step: Step, sequence: Sequence, person: KnownPerson, revision: Revision
    ) -> PushRow | None:
        """`runtime.tasks.sequences.PushStep`."""
        now = self._clock()
        known = await self._row(enrolment)
        if known is not None and (known.state is not PushState.DEFERRED or (known.until or now) > now):
            return known
        record = run_of(enrolment, step, sequence, revision)
        attempts = {person.number: known.attempts} if known is not None else {}
        piece = Slice(enrolment.bot, enrolment.run, 0, record.due, (person.number,), 0, 0, attempts)
        run = _Run(record, by_filter=False, zones={}, health=RunHealth(), slots=asyncio.Semaphore(1))
        await self._take_some(_Taken(piece, run), piece.numbers)
        return await self._row(enrolment)

    async def _row(self, enrolment: Enrolment) -> PushRow | None:
        rows = await self._store.pushes(enrolment.bot, run=enrolment.run, contact=enrolment.contact, limit=1)
        return rows[0] if rows else None


def run_of(enrolment: Enrolment, step: Step, sequence: Sequence, revision: Revision) -> RunRecord:
    """Return a step as a run to one person."""
    bot, due = enrolment.bot, enrolment.due or enrolment.entered_at
    late = LATE if step.late is None else timedelta(seconds=seconds_of(step.late))
    content = BroadcastRecord(
        bot, enrolment.run, enrolment.run, SEQUENCE + enrolment.sequence, due, "", message=step.message,
        quiet=sequence.quiet or revision.bot.quiet or "", patience=_PATIENCE,
    )  # fmt: skip
    return RunRecord(
        bot, enrolment.run, "", step.id, enrolment.run, content, due, "", due, due + late,
        revision=revision.number, digest=revision.digest,
    )  # fmt: skip
