"""Each act of staff comes to the same through the command and through the API, on each store.

To add an act, add an entry to one of the tables. What the two doors tell, why they refuse, the rows of the ledger and
of the audit are compared with the books of the table, not with each other: both may be wrong in the same way.
"""

from pathlib import Path

import pytest

from tests.acts.act import Act
from tests.acts.broadcasts import ACTS as OF_BROADCASTS
from tests.acts.contacts import ACTS as OF_CONTACTS
from tests.acts.doors import Left, by_api, by_command, rows_of, says
from tests.acts.flows import ACTS as OF_FLOWS
from tests.acts.hooks import ACTS as OF_HOOKS
from tests.acts.segments import ACTS as OF_SEGMENTS
from tests.acts.sequences import ACTS as OF_SEQUENCES
from tests.acts.world import fill
from tests.cli.running import Run
from tests.storage.contract.subjects import SUBJECTS

ACTS = (*OF_SEGMENTS, *OF_CONTACTS, *OF_BROADCASTS, *OF_SEQUENCES, *OF_HOOKS, *OF_FLOWS)
STORES = SUBJECTS[:2]


def test_names_are_used_once() -> None:
    names = [act.name for act in ACTS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
async def test_an_act_comes_to_the_same_by_the_command(act: Act, store: object, assent: Run, tmp_path: Path) -> None:
    url = store(tmp_path)  # type: ignore[operator]
    await fill(url)
    for earlier in act.before:
        by_command(assent, url, earlier.command, earlier.variables)
    before = await rows_of(url)
    left = by_command(assent, url, act.command, act.variables)
    _compare(act, left, before, await rows_of(url), api=False)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
async def test_an_act_comes_to_the_same_over_the_api(act: Act, store: object, tmp_path: Path) -> None:
    url = store(tmp_path)  # type: ignore[operator]
    await fill(url)
    for earlier in act.before:
        await by_api(url, earlier.request)
    before = await rows_of(url)
    left = await by_api(url, act.request)
    _compare(act, left, before, await rows_of(url), api=True)


def _compare(act: Act, left: Left, before: tuple[list, list], after: tuple[list, list], *, api: bool) -> None:  # type: ignore[type-arg]
    if act.refusal is None:
        assert left.refusal is None, left.refusal
    else:
        assert left.refusal is not None, left.told
        assert says(act.refusal, left.refusal), left.refusal
    if act.told is not None:
        assert act.read(left.told) == act.told
    assert tuple(left.warnings) == tuple(act.warnings)
    for book, old, new in zip(act.books(api=api), before, after, strict=True):
        assert new[: len(old)] == old
        assert new[len(old) :] == book
