"""Errors, as a tree. Each carries the facts that its handler needs.

AssentError
├── BadInput(place, problem, remedy)         somebody gave us something wrong: say where and what to do
│   ├── BadPayload(reason)                   a channel payload we can't read: HTTP 400
│   ├── BadSettings                          a setting is missing, unknown or unusable
│   ├── NotFound                             what is named is not there: HTTP 404
│   └── StateConflict                        what is asked does not go with what there is: HTTP 409
│       ├── InUse(uses)                      something else names it
│       ├── Conflict(contact)                an account or id of this contact is another one's
│       └── WasErased                        the person had their data erased: only they can come back
├── Forbidden                                whoever asks may not do that: HTTP 403
├── EventDeferred                            this event can't be taken now, those beside it can: HTTP 503
├── Unauthenticated(reason)                  signature or token not good: HTTP 401
├── StaleVersion(key)                        somebody committed first: reload and rerun
├── RunStopped(run)                          its run does not run, or was paused since: claim nothing of it
├── ConversationBusy(conversation)           a reply waits there: push later
├── AlreadySeen(event_id, answer)            a redelivery: answer as before
├── OwnershipLost(conversation)               another server sends this conversation's replies now
├── JobLost(job)                         another worker has this import now
├── PushConflict(expected, found)            another push won
├── StoreError(reason)                       the store is broken, locked or of another version
│   └── UnreadableRecord                     one record that this version can't read; those beside it are well
└── DeliveryError(reason)                    a send that did not succeed
    ├── RateLimited(retry_after)             try again, not before `retry_after` seconds
    ├── TemporarilyFailed                    try again with backoff; nothing was delivered
    ├── Ambiguous                            no answer, or a 5xx: it may have been delivered
    ├── ContactUnreachable                   blocked, uninstalled, gone: stop until the person speaks
    ├── Undeliverable                        the channel refuses this message for good
    └── Withheld                             who sends it took it back before its request was written
"""

from enum import StrEnum


class AssentError(Exception):
    """The root of what this project raises on purpose."""


class BadInput(AssentError):
    """Input that can't be used: where it is, what is wrong, what to do about it."""

    def __init__(self, problem: str, *, place: str = "", remedy: str = "") -> None:
        self.problem = problem
        self.place = place
        self.remedy = remedy
        head = f"{place}: {problem}" if place else problem
        super().__init__(f"{head}. {remedy}" if remedy else head)


class BadPayload(BadInput):
    """A channel payload that can't be read."""


class BadSettings(BadInput):
    """A setting that is missing, unknown or unusable."""


class NotFound(BadInput):
    """What somebody named is not there."""


class StateConflict(BadInput):
    """What is asked for does not go with what there is."""


class InUse(StateConflict):
    """Something else names what is to go. `uses` are the places, in words."""

    def __init__(self, problem: str, uses: tuple[str, ...], *, remedy: str) -> None:
        self.uses = uses
        super().__init__(problem, remedy=remedy)


class Conflict(StateConflict):
    """An account, an external id or a directory id is another contact's already."""

    def __init__(self, problem: str, contact: str) -> None:
        self.contact = contact
        super().__init__(problem, remedy="Change that contact, or merge the two if they are one person")


class WasErased(StateConflict):
    """The person had their data erased, and staff can't bring them back."""


class Forbidden(AssentError):
    """Whoever asks may not do that."""


class EventDeferred(AssentError):
    """One event can't be taken now: the channel should send it again. Those beside it in a batch can be taken."""


class Unauthenticated(AssentError):
    """The request does not prove who sent it. `reason` is for the log, not for the sender's eyes alone."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class StaleVersion(AssentError):
    """What the turn was computed from has changed meanwhile."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"{key} was changed meanwhile")


class RunStopped(AssentError):
    """The run of a push does not run, or was paused and resumed since the push was taken up."""

    def __init__(self, run: str) -> None:
        self.run = run
        super().__init__(f"run {run} does not run, or was stopped meanwhile")


class ConversationBusy(AssentError):
    """A message waits in the conversation that a push would be sent in."""

    def __init__(self, conversation: str) -> None:
        self.conversation = conversation
        super().__init__(f"a message waits in {conversation}")


class AlreadySeen(AssentError):
    """An event of that id was committed before; `answer` is the synchronous answer it got then.

    `fingerprint` tells what it said (`messages.codec`); '' where that was not kept.
    """

    def __init__(self, event_id: str, answer: str | None = None, fingerprint: str = "") -> None:
        self.event_id = event_id
        self.answer = answer
        self.fingerprint = fingerprint
        super().__init__(f"event {event_id} was handled before")


class OwnershipLost(AssentError):
    """Another server sends this conversation's replies now."""

    def __init__(self, conversation: str) -> None:
        self.conversation = conversation
        super().__init__(f"another server took over the replies of {conversation}")


class JobLost(AssentError):
    """Another worker has the import now, or it has ended."""

    def __init__(self, job: str) -> None:
        self.job = job
        super().__init__(f"import {job} is not this worker's")


class PushConflict(AssentError):
    """The live revision is not the one that the push was made against."""

    def __init__(self, expected: int, found: int, by: str = "") -> None:
        self.expected = expected
        self.found = found
        self.by = by
        who = f", pushed by {by}" if by else ""
        super().__init__(f"revision {found} is live{who}, not revision {expected}: look at the diff again, then push")


class StoreError(AssentError):
    """The store can't be used: broken, locked, of a newer schema."""


class UnreadableRecord(StoreError):
    """One record is damaged, or a newer version wrote it. The store itself works."""


class Cause(StrEnum):
    """What an error says to whoever may not send twice, or sends to many."""

    OTHER = ""
    GATEWAY = "gateway"
    """The channel asks to try again, and may have delivered it all the same."""
    OPERATOR = "operator"
    """A fault of the operator's: token, permission, host. Nothing goes out before it is mended."""
    NO_CONVERSATION = "no conversation"
    """The channel does not know the conversation any more."""
    OUTSIDE_WINDOW = "outside the window"
    """The person did nothing for longer than the channel lets a bot write."""


class DeliveryError(AssentError):
    """A message was not accepted by its channel. `reason` is short and holds no message text.

    `code` is the channel's own for it, where it gives one.
    """

    def __init__(self, reason: str, *, cause: Cause = Cause.OTHER, code: str = "") -> None:
        self.reason = reason
        self.cause = cause
        self.code = code
        super().__init__(reason)


class RateLimited(DeliveryError):
    """The channel asks us to wait; `retry_after` in seconds, None when it does not say how long.

    `everywhere`: the limit is the bot's own on this channel, so that no other conversation would fare better.
    """

    def __init__(self, reason: str, retry_after: float | None = None, *, everywhere: bool = False) -> None:
        self.retry_after = retry_after
        self.everywhere = everywhere
        super().__init__(reason)


class TemporarilyFailed(DeliveryError):
    """Not delivered, and worth another try."""


class Ambiguous(DeliveryError):
    """No answer came, so the message may or may not have been delivered."""


class ContactUnreachable(DeliveryError):
    """The person blocked or removed the bot, or is gone. With `Cause.NO_CONVERSATION` the conversation's id is of no
    use any more either: one is created anew once they can be reached.
    """


class Undeliverable(DeliveryError):
    """The channel refuses this message, and would refuse it again."""


class Withheld(DeliveryError):
    """It may not be sent any more, as was found right before its request: nothing was delivered."""
