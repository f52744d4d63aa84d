"""Somebody each of whose details is another word, so that losing one shows; and somebody who pressed her card."""

from collections.abc import Sequence

import msgspec

from messages.consent import Membership, SourceKind
from messages.contact import Contact, Identity, Note
from messages.effects import Answer, ChangeConsent, Effect, Emit, IgnoreMessage, KeepEvidence
from messages.import_rows import Reason
from messages.inbound import ButtonPressed, ButtonRef, TextReceived
from storage.audience_records import ImportJob, ImportRow, KeptAnswer
from storage.port import Store
from tests.storage.contract.audiences.people import AT, BOT
from tests.storage.contract.audiences.test_imports import LATER, file, step
from tests.storage.talk import Talk, says

FLOW = """
assent: "1"
bot: wellbeing
name: Wellbeing
languages: [en]
segments: {tips: {name: Tips, purpose: One tip a week.}}
fields: {pet: {type: text}}
welcome: hello
default: hello
messages:
  hello:
    parts:
      - text: Will you have tips?
        buttons: [{label: Yes please, opt_in: tips, reply: in}]
      - text: "{{ field.pet }}'s human {{ contact.first_name }}, shall it be tips?"
        buttons: [{label: "Yes, {{ contact.first_name }}", opt_in: tips, reply: in}]
  in: {parts: [{text: You are in.}]}
"""
PLAIN = "Will you have tips?\nYes please"

WORDS = {
    "name": "Aspidistra Quillfeather",
    "given_name": "Brambleton",
    "family_name": "Cobblepotter",
    "email": "dandelion@elderflower.example",
    "phone": "+44 7700 900461",
    "external_id": "FOXGLOVE-1",
    "aad_object_id": "gorse-hawthorn-7",
    "avatar": "https://pictures.example/iris.png",
    "gender": "juniperish",
    "country": "Knotweedia",
    "time_zone": "Europe/Lavenderburg",
    "language": "mistletoe",
}
"""Details of the contact."""
OTHERS = (
    "nasturtium", "oleander", "periwinkle", "quincetree", "rosemarie", "sagebrush", "tansyleaf", "umbrellafern",
    "valerian", "wisterias", "yarrowroot", "zinniabed", "anemonehill", "buttercupped", "dogwoodish",
)  # fmt: skip
(FIELD, TAG, NOTE, SEQUENCE, TOPIC, EVENT, COMPLETED, TALKED, ACCOUNT, TYPED, FILE, ROW, ANSWER, PET,
 IGNORED) = OTHERS  # fmt: skip

HER = Contact(
    id="c_her",
    identities=(Identity("teams", f"29:{ACCOUNT}"),),
    created_at=AT,
    fields={"city": FIELD},
    tags=frozenset({TAG}),
    notes=(Note(AT, "ann", f"Likes {NOTE}."),),
    sequences=frozenset({SEQUENCE}),
    topics=frozenset({TOPIC}),
    events={EVENT: AT},
    completed={f"product:{COMPLETED}": AT},
    talked_with=frozenset({TALKED}),
    **WORDS,
)
ALL_WORDS = tuple(
    word for detail in (*WORDS.values(), *OTHERS) for word in (detail.casefold(), *detail.casefold().split(" "))
    if len(word) > 6
)  # fmt: skip
"""What may be nowhere once she is erased; in lower case."""

CARD = f"{PET}'s human Brambleton, shall it be tips?\nYes, Brambleton"
"""As it was shown to her, in the group."""
DIGEST, PLAIN_DIGEST = "d" * 16, "e" * 16
SHE = Talk(f"29:{ACCOUNT}", group="19:team")
BEN = Talk("29:ben", group="19:team")
QUOTE = b'{"text": "me too", "entities": [{"name": "Aspidistra QUILLFEATHER", "preview": "%b"}]}' % TYPED.encode()


async def lived(store: Store) -> None:
    """She is known to staff and by a file, and talks in a group; Ben presses her card, and a plain one."""
    await store.push(BOT, FLOW, author="ana", at=AT, expected_live=0)
    person = await store.add_contact(BOT, HER)
    job = ImportJob("j1", BOT, "ann", SourceKind.CSV, AT, segment="news", file_name=f"{FILE}.csv")
    await store.add_import(job, file(b"x"))
    assert await store.claim_import("w1", AT, LATER, bot=BOT, job="j1") is not None
    await store.apply_import(
        BOT, step(0, ImportRow(1, "", person.number), ImportRow(2, WORDS["email"], reason=Reason.UNKNOWN, detail=ROW))
    )
    await store.end_import(BOT, "j1", "w1", at=LATER)
    await store.begin_request("t1", "k", "r", AT)
    kept = msgspec.json.encode({"name": WORDS["name"], "note": ANSWER})
    await store.end_request("t1", "k", KeptAnswer("r", AT, 200, kept))
    shown = (KeepEvidence(DIGEST, CARD), KeepEvidence(PLAIN_DIGEST, PLAIN), IgnoreMessage(IGNORED))
    await act(store, SHE, "s1", *shown, says(CARD), typed=TYPED)
    await act(store, BEN, "b0", typed="hello")
    await press(store, BEN, "b1", DIGEST, CARD, Membership.OPTED_IN)
    await press(store, BEN, "b2", PLAIN_DIGEST, PLAIN, Membership.OPTED_OUT)
    talked = Emit("talked_with", {"who": "x"})
    await act(store, BEN, "b3", talked, typed="me too", received=QUOTE, talked_with=frozenset({WORDS["name"], "Will"}))


async def act(
    store: Store,
    talk: Talk,
    event: str,
    *effects: Effect,
    typed: str,
    received: bytes = b"",
    talked_with: frozenset[str] = frozenset(),
) -> None:
    loaded = await talk.load(store, event)
    entry = talk.turn(loaded, event, *effects, action=TextReceived(typed))
    contact = msgspec.structs.replace(
        entry.outcome.contact, talked_with=entry.outcome.contact.talked_with | talked_with
    )
    outcome = msgspec.structs.replace(entry.outcome, contact=contact, revision=1)
    entry = msgspec.structs.replace(
        entry, outcome=outcome, event=msgspec.structs.replace(entry.event, received=received)
    )
    await store.commit(entry)


async def press(store: Store, talk: Talk, event: str, digest: str, text: str, after: Membership) -> None:
    """Press a card as a client sends it: with the words of the button."""
    label = text.rpartition("\n")[2]
    loaded = await talk.load(store, event, evidence=digest)
    action = ButtonPressed("a2:x", label=label, button=ButtonRef(BOT, 1, "hello/1", digest), wants_answer=True)
    entry = talk.turn(loaded, event, Answer(f"{label} ✓"), consent={"tips": after}, action=action)
    effects = tuple(
        ChangeConsent(msgspec.structs.replace(each.change, text=text, label=label))
        if isinstance(each, ChangeConsent)
        else each
        for each in entry.outcome.effects
    )
    received = msgspec.json.encode({"value": "a2:x", "text": label})
    entry = msgspec.structs.replace(
        entry,
        evidence=text,
        outcome=msgspec.structs.replace(entry.outcome, effects=effects, revision=1),
        event=msgspec.structs.replace(entry.event, received=received),
    )
    await store.commit(entry)


def words_in(texts: Sequence[str]) -> list[str]:
    """Return which of her words are in texts."""
    folded = [text.casefold() for text in texts]
    return [word for word in ALL_WORDS if any(word in text for text in folded)]
