"""The contact of a turn: made for somebody new, refreshed by what the channel tells."""

from datetime import datetime

from msgspec.structs import replace

from flows.engine.language import tidy
from messages.contact import Contact
from messages.ids import IdSource
from messages.inbound import ConversationEnded, HandedBack, InboundEvent, TimerFired

_NAME, _EMAIL, _ID = 200, 254, 128
"""How much of what a channel tells is kept."""

NOT_THEIRS = (TimerFired, HandedBack, ConversationEnded)
"""What is no act of the person: a wait that is over, a bot that an administrator took away."""


def contact_of(contact: Contact, event: InboundEvent, now: datetime, ids: IdSource) -> Contact:
    """Return the contact as this event shows them. One that nobody stored yet (`id` empty) gets its id here.

    Whoever acts for the first time is subscribed from now on, also one whom staff knew before.
    """
    identity = event.reference.account
    if not contact.id:
        contact = replace(
            contact,
            id=ids.new("c"),
            identities=(*contact.identities, identity),
            created_at=now,
            source=identity.channel,
        )
    elif identity not in contact.identities:
        contact = replace(contact, identities=(*contact.identities, identity))
    if contact.subscribed_at is None and not isinstance(event.action, NOT_THEIRS):
        contact = replace(contact, subscribed_at=now)
    sender = event.sender
    name = sender.name.strip()[:_NAME] or contact.name
    email = sender.email.strip()[:_EMAIL] or contact.email
    account = sender.aad_object_id[:_ID] or contact.aad_object_id
    language = tidy(sender.locale) or contact.language
    if (name, email, account, language) == (contact.name, contact.email, contact.aad_object_id, contact.language):
        return contact
    return replace(contact, name=name, email=email, aad_object_id=account, language=language)
