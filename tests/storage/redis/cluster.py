"""A real Redis Cluster on loopback: three masters, without replicas."""

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from redis import RedisError

from tests.storage.redis.server import HOST, RedisServer, free_port, wait_until

SLOTS = 16_384
MASTERS = 3
SETTINGS: Mapping[str, str | int] = {
    "cluster_enabled": "yes",
    "cluster_announce_ip": HOST,
    "cluster_node_timeout": 2000,
}


class Cluster:
    """Masters that split the slots among them, each in a folder of its own under `folder`.

    A node can be killed and started again by itself; settings are those of `RedisServer`.
    """

    def __init__(self, folder: Path, **settings: str | int) -> None:
        self._buses = [free_port() for _ in range(MASTERS)]
        self.nodes = [
            RedisServer(folder / f"node{number}", replica_of=None, **{**SETTINGS, "cluster_port": bus, **settings})
            for number, bus in enumerate(self._buses)
        ]
        self._running = ExitStack()

    @property
    def url(self) -> str:
        """What a client is given."""
        return f"redis+cluster://{HOST}:{self.nodes[0].port}"

    def start(self) -> None:
        """Start the nodes and join them; return once each serves and knows all others."""
        with ExitStack() as running:
            for node in self.nodes:
                running.enter_context(node)
            for number, node in enumerate(self.nodes):
                first, end = (SLOTS * place // MASTERS for place in (number, number + 1))
                node.command("CLUSTER SET-CONFIG-EPOCH", number + 1)
                node.command("CLUSTER ADDSLOTSRANGE", first, end - 1)
            for node, bus in zip(self.nodes[1:], self._buses[1:], strict=True):
                self.nodes[0].command("CLUSTER MEET", HOST, node.port, bus)
            self.wait_until_whole()
            self._running = running.pop_all()

    def wait_until_whole(self) -> None:
        """Return once every node serves, and knows the same masters for all slots."""
        wait_until(self._is_whole, "the cluster is whole")

    def stop(self) -> None:
        """End all nodes at once."""
        self._running.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _is_whole(self) -> bool:
        ports = sorted(node.port for node in self.nodes)
        with suppress(RedisError):
            return all(
                node.command("CLUSTER INFO")["cluster_state"] == "ok"
                and sorted(_masters(node.command("CLUSTER NODES"))) == ports
                for node in self.nodes
            )
        return False


def _masters(nodes: Mapping[str, Mapping[str, object]]) -> list[int]:
    """Return the ports of the nodes that are reached and serve slots."""
    return [
        int(address.rpartition(":")[2])
        for address, node in nodes.items()
        if node["slots"]
        and node["connected"]
        and not {"handshake", "fail", "fail?"} & set(str(node["flags"]).split(","))
    ]
