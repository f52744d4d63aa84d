"""One server, and one cluster, for all tests of a run that only need an empty Redis; started by the first of them."""

import atexit
import functools
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.ram_disk import ram_disk
from tests.storage.redis.cluster import Cluster
from tests.storage.redis.server import RedisServer

_running = ExitStack()
atexit.register(_running.close)


def empty_database(number: int = 0) -> str:
    """Empty a database of the shared server, 0 to 15; return its URL."""
    server = _server()
    with server.client(number) as client:
        client.flushdb()
    return f"{server.url}/{number}"


def empty_cluster() -> str:
    """Empty the shared cluster; return its URL."""
    cluster = _cluster()
    for node in cluster.nodes:
        node.command("FLUSHALL")
    return cluster.url


@functools.cache
def _server() -> RedisServer:
    return _running.enter_context(RedisServer(_folder("redis")))


@functools.cache
def _cluster() -> Cluster:
    return _running.enter_context(Cluster(_folder("cluster")))


def _folder(name: str) -> Path:
    folder = tempfile.mkdtemp(prefix=f"assent-{name}-", dir=ram_disk())
    _running.callback(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
