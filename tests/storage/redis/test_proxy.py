"""What clients and their server see of a network that fails."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from redis import ConnectionError as Broken
from redis import Redis
from redis import TimeoutError as NoAnswer
from redis.asyncio import Redis as AsyncRedis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.steps import HANGS
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.proxy import Proxy
from tests.storage.redis.server import HOST, RedisServer, wait_until

pytestmark = needs_redis

MANY = 1000
"""Commands that would take minutes if each waited for the one before."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis"), appendonly="no") as server:
        yield server


@pytest.fixture
def proxy(server: RedisServer) -> Iterator[Proxy]:
    server.command("FLUSHALL")
    with Proxy(server.port) as proxy:
        yield proxy


@contextmanager
def client_of(proxy: Proxy, max_wait: float = 60) -> Iterator[Redis]:
    """A client with one connection, made already, that waits so many seconds for an answer."""
    once = Retry(NoBackoff(), 0)
    client = Redis(HOST, proxy.port, retry=once, socket_timeout=max_wait, single_connection_client=True)
    with closing(client):
        yield client


def test_all_that_is_said_comes_through(server: RedisServer, proxy: Proxy) -> None:
    words = bytes(range(256)) * 20_000
    with client_of(proxy) as one, client_of(proxy) as other:
        one.set("words", words)
        assert other.get("words") == words
        assert server.command("GET", "words") == words
        assert proxy.connections == 2
    wait_until(lambda: proxy.connections == 0, "the clients' ends are seen")


async def test_a_client_in_a_loop_is_served_too(proxy: Proxy) -> None:
    async with AsyncRedis(host=HOST, port=proxy.port) as client:
        answers = await asyncio.gather(*[client.incr("a") for _ in range(50)])
        assert sorted(answers) == list(range(1, 51))


def test_a_cut_breaks_what_stands_and_leaves_the_door_open(proxy: Proxy) -> None:
    with client_of(proxy) as one, client_of(proxy) as other:
        proxy.cut()
        assert proxy.connections == 0
        for client in (one, other):
            with pytest.raises(Broken):
                client.ping()
        assert one.ping()


def test_new_connections_are_refused_until_healed(proxy: Proxy) -> None:
    with client_of(proxy) as before:
        proxy.refuse()
        assert before.ping()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, proxy.port))
        proxy.heal()
        with client_of(proxy) as after:
            assert after.ping()
        assert before.ping()


def test_a_black_hole_takes_all_and_answers_nothing(server: RedisServer, proxy: Proxy) -> None:
    with client_of(proxy, max_wait=0.2) as before:
        proxy.blackhole()
        with pytest.raises(NoAnswer):
            before.set("a", "1")
        with socket.create_connection((HOST, proxy.port)) as during:
            during.settimeout(0.2)
            during.sendall(b"SET a 1\r\n")
            with pytest.raises(TimeoutError):
                during.recv(1)
            proxy.heal()
            with pytest.raises(ConnectionResetError):
                during.recv(1)
        assert before.get("a") is None
        assert server.command("GET", "a") is None
        commands, answers = proxy.swallowed
        assert commands >= len(b"SET a 1\r\n") * 2
        assert answers == 0


def test_an_answer_is_lost_though_the_command_was_done(server: RedisServer, proxy: Proxy) -> None:
    with client_of(proxy, max_wait=0.2) as client:
        proxy.blackhole(commands=False)
        with pytest.raises(NoAnswer):
            client.set("a", "1")
        assert server.command("GET", "a") == b"1"
        assert proxy.swallowed == (0, len(b"+OK\r\n"))
        proxy.heal()
        assert client.get("a") == b"1"


def test_the_end_of_a_server_is_not_seen_through_a_black_hole(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as server, Proxy(server.port) as proxy, client_of(proxy, 0.2) as client:
        proxy.blackhole()
        server.kill()
        with pytest.raises(NoAnswer):
            client.ping()
        proxy.heal()
        with pytest.raises(Broken):
            client.ping()


def test_what_was_held_arrives_late(server: RedisServer, proxy: Proxy) -> None:
    with client_of(proxy, max_wait=0.2) as client:
        proxy.hold()
        with pytest.raises(NoAnswer):
            client.set("a", "1")
        assert server.command("GET", "a") is None
        proxy.heal()
        wait_until(lambda: server.command("GET", "a") == b"1", "the held command is done")


@pytest.mark.timeout(HANGS)
@pytest.mark.parametrize(("commands", "answers"), [(0.3, 0.0), (0.0, 0.3), (0.2, 0.2)])
def test_a_slow_network_delays_each_way_but_carries_as_much(proxy: Proxy, commands: float, answers: float) -> None:
    with socket.create_connection((HOST, proxy.port)) as client, client.makefile("rb") as lines:
        client.sendall(b"PING\r\n")
        assert lines.readline() == b"+PONG\r\n"
        proxy.delay(commands=commands, answers=answers)
        began = time.monotonic()
        client.sendall(b"INCR a\r\n")
        assert lines.readline() == b":1\r\n"
        assert time.monotonic() - began >= commands + answers
        for _ in range(MANY):
            client.sendall(b"INCR a\r\n")
        assert [lines.readline() for _ in range(MANY)] == [b":%d\r\n" % number for number in range(2, MANY + 2)]
        proxy.heal()
        client.sendall(b"INCR a\r\n")
        assert lines.readline() == b":%d\r\n" % (MANY + 2)


def test_new_connections_can_lead_to_another_server(tmp_path: Path, server: RedisServer, proxy: Proxy) -> None:
    with RedisServer(tmp_path / "other") as other, client_of(proxy) as client:
        other.command("SET", "a", "other")
        proxy.lead_to(other.port)
        assert client.get("a") is None
        proxy.cut()
        with pytest.raises(Broken):
            client.ping()
        assert client.get("a") == b"other"


def test_without_a_server_connections_break(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as server, Proxy(server.port) as proxy, client_of(proxy) as client:
        assert client.ping()
        server.kill()
        with pytest.raises(Broken):
            client.ping()
        with pytest.raises(Broken):
            client.ping()
        server.start()
        assert client.ping()
