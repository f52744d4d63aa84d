"""Accounts whose contact is in another shard than they are: there, they name the shard of their contact.

An account is claimed before its contact has it, and given back when the contact then didn't get it. Two servers may do
so for one account at once. So the one that failed looks whether the other one succeeded, and the one that succeeded
claims once more: whichever comes last, the claim stands.
"""

from collections.abc import Iterable, Sequence

from storage.redis.keys import Shard
from storage.redis.nodes import Nodes
from storage.redis.scripts import CLAIM_ACCOUNT

Elsewhere = Iterable[tuple[Shard, str]]
"""Accounts, each after its own shard."""


async def claim(nodes: Nodes, home: Shard, accounts: Elsewhere) -> Sequence[tuple[Shard, str]] | str:
    """Claim accounts for a contact in `home`; return them, or the name of one that is another contact's."""
    claimed: list[tuple[Shard, str]] = []
    for shard, name in accounts:
        if not await nodes.call(CLAIM_ACCOUNT, shard.prefix, name, f"@{home.number}"):
            await give_back(nodes, home, claimed)
            return name
        claimed.append((shard, name))
    return claimed


async def confirm(nodes: Nodes, home: Shard, claimed: Elsewhere) -> None:
    """Claim again what its contact has by now."""
    for shard, name in claimed:
        await nodes.call(CLAIM_ACCOUNT, shard.prefix, name, f"@{home.number}")


async def give_back(nodes: Nodes, home: Shard, claimed: Elsewhere) -> None:
    """Give accounts back, but for those that a contact in `home` has all the same."""
    for shard, name in claimed:
        await nodes.call(CLAIM_ACCOUNT, shard.prefix, name, "")
        if await nodes.read(nodes.client.hexists(f"{home.prefix}identities", name)):
            await nodes.call(CLAIM_ACCOUNT, shard.prefix, name, f"@{home.number}")
