"""Acts of a person and of staff, in any order, and the ledger that they leave."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import strategies as st

from consent.membership import Act, Change, change, may_receive, start_again, stop_everything
from messages.consent import ALL, ConsentChange, Membership, SourceKind

SEGMENTS = ("tips", "events", "news")
STOP, START = "stop", "start"

Step = tuple[Act, str] | str

own_acts: st.SearchStrategy[Step] = st.tuples(st.sampled_from([Act.OPT_IN, Act.OPT_OUT]), st.sampled_from(SEGMENTS))
staff_acts: st.SearchStrategy[Step] = st.tuples(st.sampled_from([Act.ADD, Act.REMOVE]), st.sampled_from(SEGMENTS))
any_acts: st.SearchStrategy[Step] = own_acts | staff_acts | st.sampled_from([STOP, START])


@dataclass
class Person:
    """One person's memberships as a store would keep them, and the ledger rows written on the way."""

    memberships: dict[str, Membership] = field(default_factory=dict)
    ledger: list[ConsentChange] = field(default_factory=list)

    def standing(self, subject: str) -> Membership:
        return self.memberships.get(subject, Membership.NONE)

    def may_receive(self, segment: str) -> bool:
        return may_receive(self.standing(segment), self.standing(ALL))

    def does(self, *steps: Step) -> "Person":
        for step in steps:
            if step == STOP:
                self._write(*stop_everything(self.memberships))
            elif step == START:
                self._write(*start_again(self.memberships))
            elif isinstance(step, tuple):
                act, segment = step
                outcome = change(act, segment, self.standing(segment), self.standing(ALL))
                if isinstance(outcome, Change):
                    self._write(outcome)
        return self

    def _write(self, *changes: Change) -> None:
        for subject, before, after in changes:
            assert before is self.standing(subject)
            assert before is not after
            self.memberships[subject] = after
            self.ledger.append(
                ConsentChange("c_1", subject, before, after, datetime(2026, 11, 23, tzinfo=UTC), SourceKind.API, "")
            )
