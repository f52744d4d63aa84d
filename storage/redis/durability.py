"""What a Redis may lose, as far as it tells of itself."""

from collections.abc import Sequence
from typing import Any

from redis.exceptions import ResponseError

from messages.errors import StoreError
from storage.records import Weakness
from storage.redis.address import Durability
from storage.redis.nodes import Nodes


async def weaknesses(nodes: Nodes) -> Sequence[Weakness]:
    """Look at the settings of every primary. Raises StoreError."""
    found: dict[Weakness, None] = {}
    for settings, replication in await _told(nodes):
        found.update((weakness, None) for weakness in _of(nodes, settings, replication))
    return tuple(found)


async def refuse_less(nodes: Nodes) -> None:
    """Raise StoreError when Redis keeps less than the store's URL promises."""
    broken = [weakness for weakness in await weaknesses(nodes) if weakness.breaks]
    if broken:
        raise StoreError("; ".join(f"{weakness.problem}. {weakness.remedy}" for weakness in broken))


async def broken_promises(nodes: Nodes) -> Sequence[Weakness]:
    """Return what each primary keeps less than the URL promises. Replicas are left to the commit, which asks them."""
    found: dict[Weakness, None] = {}
    for settings, _ in await _told(nodes):
        of_settings = _of_settings(settings, nodes.address.durability) if settings is not None else ()
        found.update((weakness, None) for weakness in of_settings if weakness.breaks)
    return tuple(found)


def _of(nodes: Nodes, settings: dict[str, str] | None, replication: dict[str, Any]) -> Sequence[Weakness]:
    durability = nodes.address.durability
    found: list[Weakness] = []
    if settings is None:
        found.append(
            Weakness(
                "Redis does not let its settings be read (CONFIG GET), so what it keeps is not known",
                "Allow CONFIG GET, or look up at its operator's that it has appendonly yes and appendfsync always",
                breaks=False,
            )
        )
    else:
        found += _of_settings(settings, durability)
    replicas = int(replication.get("connected_slaves", 0))
    if replicas < nodes.address.replicas:
        found.append(
            Weakness(
                f"the store's URL says replicas={nodes.address.replicas}, and {replicas} are connected: no turn could "
                "be confirmed",
                "Start the replicas, or write a lower number",
                breaks=True,
            )
        )
    return found


def _of_settings(settings: dict[str, str], durability: Durability) -> Sequence[Weakness]:
    found: list[Weakness] = []
    promises = durability is not Durability.NONE
    if settings.get("appendonly") != "yes":
        found.append(
            Weakness(
                "Redis has no append-only file (appendonly no): a restart loses the opt-outs since its last snapshot"
                if settings.get("save")
                else "Redis keeps nothing on disk (appendonly no, no snapshots): a restart loses every opt-out",
                "Set appendonly yes and appendfsync always, or write durability=none into the store's URL",
                breaks=promises,
            )
        )
    elif settings.get("appendfsync") == "no" or (
        settings.get("appendfsync") != "always" and durability is Durability.ALWAYS
    ):
        found.append(
            Weakness(
                f"Redis has appendfsync {settings.get('appendfsync')}: opt-outs that people saw confirmed may be lost "
                "when its machine fails",
                "Set appendfsync always, or write durability=everysec into the store's URL and accept to lose a second",
                breaks=promises,
            )
        )
    elif settings.get("appendfsync") != "always":
        found.append(
            Weakness(
                "Redis has appendfsync everysec: what was confirmed within the last second or two may be lost when its "
                "machine fails",
                "Set appendfsync always",
                breaks=False,
            )
        )
    policy = settings.get("maxmemory-policy", "noeviction")
    if policy != "noeviction" and settings.get("maxmemory", "0") != "0":
        found.append(
            Weakness(
                f"Redis throws keys away when its memory is full (maxmemory-policy {policy}): opt-outs among them",
                "Set maxmemory-policy noeviction",
                breaks=promises,
            )
        )
    return found


async def _told(nodes: Nodes) -> Sequence[tuple[dict[str, str] | None, dict[str, Any]]]:
    """Return settings, None where they may not be read, and the state of replication of every primary."""
    told: list[tuple[dict[str, str] | None, dict[str, Any]]] = []
    for client in await nodes.primaries():
        replication = await nodes.read(client.execute_command("INFO", "replication"))
        settings = await nodes.read(_settings_of(client))
        told.append((settings, replication))
    return told


async def _settings_of(client: Any) -> dict[str, str] | None:  # noqa: ANN401  # see `Nodes.client`
    try:
        return dict(await client.config_get("appendonly", "appendfsync", "save", "maxmemory*"))
    except ResponseError:
        return None
