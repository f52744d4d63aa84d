"""The proof of one person's consent."""

from typing import Annotated

import msgspec

from console.contacts import PATH, known
from console.operations import Answer, Call, Operation
from console.reading import seen_by
from privacy.masking import Mask
from replay.proof import Proof
from replay.proof_reading import read_proof, who_became
from replay.recorded import flow_texts
from storage.audience_records import Role


class ProofQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it is about."""

    segment: Annotated[
        str, msgspec.Meta(max_length=200, description="Only this segment, and everything; `*` is everything alone.")
    ] = ""


async def show(call: Call) -> Answer:
    """Tell how a contact came to be in and out of what. One who was merged away or erased keeps their rows."""
    contact = call.path["contact"]
    if not await call.store.ledger(call.bot, contact=contact, limit=1):
        contact = (await known(call, contact)).contact.id
    contact = await who_became(call.store, call.bot, contact)
    await seen_by(call)
    mask: Mask | None = None
    if call.masked:
        person = await call.store.contact(call.bot, contact)
        flows = await flow_texts(call.store, call.bot)
        mask = Mask(person, flows=flows) if person is not None else Mask(flows=flows)
    at = call.house.clock()
    return Answer(await read_proof(call.store, call.bot, contact, subject=call.query.segment, at=at, mask=mask))


OPERATIONS = (
    Operation("showProof", "GET", PATH + "/{contact}/proof", "Show how a person came to be in and out of what.",
              Role.VIEWER, show, Proof, query=ProofQuery),
)  # fmt: skip
