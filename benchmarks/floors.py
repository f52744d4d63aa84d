"""What the machine itself takes: one fsync, one round trip on loopback, one commit of SQLite at FULL."""

import os
import socket
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path


def _median_us(work: Callable[[], object], repeat: int) -> float:
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1e6


def _echo(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        while data := connection.recv(64):
            connection.sendall(data)


def measure() -> list[dict[str, str | int | float]]:
    """A row per floor, medians in microseconds."""
    rows: list[dict[str, str | int | float]] = []
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "file").open("wb", buffering=0) as file:

            def write_and_sync() -> None:
                file.write(b"x" * 512)
                os.fdatasync(file.fileno())

            rows.append({"floor": "write of 512 bytes and fdatasync", "µs": _median_us(write_and_sync, 500)})
        database = sqlite3.connect(Path(folder) / "floor.db", isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE rows (value BLOB)")
        rows.append(
            {
                "floor": "SQLite commit of one row, WAL, FULL",
                "µs": _median_us(lambda: database.execute("INSERT INTO rows VALUES (zeroblob(512))"), 500),
            }
        )
        database.close()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_echo, args=(server,))
        thread.start()
        with socket.create_connection(server.getsockname()) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def round_trip() -> None:
                client.sendall(b"x")
                client.recv(64)

            rows.append({"floor": "round trip on loopback, blocking client", "µs": _median_us(round_trip, 2000)})
        thread.join()
    return rows
