"""What there is before an act: a flow that is live, segments of staff's, and people who differ."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from messages.consent import Membership
from messages.contact import Contact, Identity
from staff.tokens import digest_of
from storage.audience_records import ApiToken, Role, SegmentKind, SegmentRecord
from storage.port import Store
from storage.stores import open_store
from tests.runtime.harness import FLOW
from tests.storage.talk import Talk

BOT = "demo"
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
STAFF = "mia"
"""Who acts: the author of the commands, and the name of the token."""
SECRET = "assent_a-secret-for-the-tests-alone"
VIEWER = "assent_a-secret-that-may-only-look"
BUILDER = "assent_a-secret-that-may-do-all"

PEOPLE = (
    Contact("c_ana", (Identity("teams", "29:ana"),), email="ana@example.org", tags=frozenset({"vip"}), created_at=AT),
    Contact("c_bo", (), external_id="E-2", fields={"team": "red"}, created_at=AT),
    Contact("c_twin_1", (), email="twice@example.org", created_at=AT),
    Contact("c_twin_2", (), email="twice@example.org", created_at=AT),
)
SEGMENTS = {"press": "Press", "board": "Board"}
FILTERS = {"vips": "tag:vip", "others": "not segment:press"}
NAMING = FLOW.replace("keywords:\n", "keywords:\n  - {is: board, opt_in: board, message: hello}\n").replace(
    "fields:\n",
    "topics:\n  menu: {name: Lunch, purpose: The menu.}\n"
    "sequences:\n  welcome: {name: Welcome, steps: [{id: one, wait: 1d, message: hello}]}\nfields:\n",
)
"""The live flow: a keyword of it names `board`, which staff made."""


async def fill(url: str) -> None:
    """Make the world in an empty store. Cy opted out of `press` and a topic, Dee stopped everything, Eve was erased."""
    async with opened(url) as store:
        await store.push(BOT, NAMING, author="ana", at=AT, expected_live=0)
        await store.save_draft(BOT, FLOW, "ana", AT)
        for contact in PEOPLE:
            await store.add_contact(BOT, contact)
        await store.add_contact(BOT, Contact("c_eve", (), email="eve@example.org", created_at=AT))
        await store.erase_contact(BOT, "c_eve", actor="ana", at=AT)
        for key, name in SEGMENTS.items():
            await store.save_segment(SegmentRecord(BOT, key, name, SegmentKind.MANUAL, AT, "ana"))
        for key, text in FILTERS.items():
            await store.save_segment(SegmentRecord(BOT, key, key.title(), SegmentKind.FILTER, AT, "ana", text))
        await Talk("cy", BOT).take(
            store, "e1", consent={"press": Membership.OPTED_OUT, "topic:menu": Membership.OPTED_OUT}
        )
        await Talk("dee", BOT).take(store, "e2", consent={"*": Membership.OPTED_OUT})
        await Talk("fay", BOT).take(store, "e3", consent={"former": Membership.OPTED_IN})
        for secret, role in ((SECRET, Role.OPS), (VIEWER, Role.VIEWER), (BUILDER, Role.BUILDER)):
            await store.add_token(ApiToken(f"t_{role}", STAFF, role, digest_of(secret), AT, "ana"))


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """A store, open."""
    store = open_store(url)
    await store.open()
    try:
        yield store
    finally:
        await store.close()
