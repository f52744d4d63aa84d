"""Stores in the hands of somebody who knows how they are laid out: SQL and Redis commands, none of our own code."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from redis import Redis

from tests.cli.tampering.story import key_of

Edit = Callable[[bytes], bytes]


class Raw(Protocol):
    """What can be done to a store. A place is that of a turn in the user's conversation, from 1."""

    def delete(self, user: str, place: int) -> None: ...
    def cut_end(self, user: str) -> None:
        """Take the last turn away, and what counts and links it in the conversation."""

    def give(self, user: str, place: int, other: str) -> None:
        """Have a turn be the last of somebody else's."""

    def renumber(self, user: str, place: int) -> None:
        """Give a turn the number -1."""

    def set_time(self, user: str, place: int) -> None:
        """Set the time beside a turn's record back by an hour."""

    def edit(self, user: str, place: int, edit: Edit) -> None: ...
    def copy(self, user: str, place: int, other: str) -> None:
        """Put a turn's record in the place of the same one of somebody else's."""

    def unlink(self, user: str, place: int) -> None: ...
    def keep_digest(self, user: str, place: int, digest: str) -> None:
        """Write down which digest a record had, as erasing does."""

    def set_contact(self, user: str, other: str) -> None:
        """Have a conversation be somebody else's."""

    def drop_row(self, user: str, subject: str) -> None:
        """Take a person's row of a segment out of the ledger."""

    def drop_conversation(self, user: str) -> None: ...
    def invent(self, user: str) -> None:
        """Add a copy of the second turn behind the last."""

    def edit_revision(self) -> None: ...
    def as_before(self) -> None:
        """Leave the store as the version before kept it: it did not chain turns."""

    def save(self) -> Callable[[], None]:
        """Make a back-up; return what restores it."""


_CONVERSATION = "(SELECT number FROM conversations WHERE key = ?)"
_ROW = f"number = (SELECT number FROM journal WHERE conversation = {_CONVERSATION} AND ordinal = ?)"


class RawSqlite:
    """A file, with triggers and foreign keys off."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _run(self, *statements: tuple[str, tuple[object, ...]]) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {trigger}")
            return [row for statement, values in statements for row in connection.execute(statement, values).fetchall()]

    def delete(self, user: str, place: int) -> None:
        self._run((f"DELETE FROM journal WHERE {_ROW}", (key_of(user), place)))

    def cut_end(self, user: str) -> None:
        key = key_of(user)
        link = f"(SELECT link FROM journal WHERE conversation = {_CONVERSATION} AND ordinal = 4)"
        self.delete(user, 5)
        self._run((f"UPDATE conversations SET turns = 4, link = {link} WHERE key = ?", (key, key)))

    def give(self, user: str, place: int, other: str) -> None:
        values = (key_of(other), key_of(user), place)
        self._run((f"UPDATE journal SET conversation = {_CONVERSATION} WHERE {_ROW}", values))

    def renumber(self, user: str, place: int) -> None:
        self._run((f"UPDATE journal SET number = -1 WHERE {_ROW}", (key_of(user), place)))

    def set_time(self, user: str, place: int) -> None:
        self._run((f"UPDATE journal SET at = at - 3600000 WHERE {_ROW}", (key_of(user), place)))

    def edit(self, user: str, place: int, edit: Edit) -> None:
        ((record,),) = self._run((f"SELECT record FROM journal WHERE {_ROW}", (key_of(user), place)))
        assert isinstance(record, bytes)
        values = (edit(record), key_of(user), place)
        self._run((f"UPDATE journal SET record = ? WHERE {_ROW}", values))

    def copy(self, user: str, place: int, other: str) -> None:
        ((record,),) = self._run((f"SELECT record FROM journal WHERE {_ROW}", (key_of(user), place)))
        self._run((f"UPDATE journal SET record = ? WHERE {_ROW}", (record, key_of(other), place)))

    def unlink(self, user: str, place: int) -> None:
        self._run((f"UPDATE journal SET link = NULL WHERE {_ROW}", (key_of(user), place)))

    def keep_digest(self, user: str, place: int, digest: str) -> None:
        values = (bytes.fromhex(digest), key_of(user), place)
        self._run((f"UPDATE journal SET digest = ? WHERE {_ROW}", values))

    def set_contact(self, user: str, other: str) -> None:
        contact = "(SELECT contact FROM conversations WHERE key = ?)"
        self._run((f"UPDATE conversations SET contact = {contact} WHERE key = ?", (key_of(other), key_of(user))))

    def drop_row(self, user: str, subject: str) -> None:
        contact = "(SELECT contact FROM conversations WHERE key = ?)"
        statement = f"DELETE FROM ledger WHERE contact = {contact} AND subject = ?"
        self._run((statement, (key_of(user), subject)))

    def drop_conversation(self, user: str) -> None:
        key = key_of(user)
        self._run(
            (f"DELETE FROM journal WHERE conversation = {_CONVERSATION}", (key,)),
            (f"DELETE FROM outbox WHERE conversation = {_CONVERSATION}", (key,)),
            ("DELETE FROM conversations WHERE key = ?", (key,)),
        )

    def invent(self, user: str) -> None:
        columns = "conversation, turn, at, record"
        select = f"SELECT {columns}, 6 FROM journal WHERE {_ROW}"
        self._run((f"INSERT INTO journal ({columns}, ordinal) {select}", (key_of(user), 2)))

    def edit_revision(self) -> None:
        self._run(("UPDATE revisions SET source = replace(source, 'every Monday', 'every day')", ()))

    def as_before(self) -> None:
        added = {"journal": ("ordinal", "link", "digest"), "conversations": ("turns", "link", "pruned", "pruned_link")}
        added["conversations"] += ("pruned_at",)
        with closing(sqlite3.connect(self._path)) as connection:
            for table, columns in added.items():
                for column in columns:
                    connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
            connection.executescript(files("storage.sqlite").joinpath("0014_journal_chain.sql").read_text())

    def save(self) -> Callable[[], None]:
        data = self._path.read_bytes()

        def restore() -> None:
            for suffix in ("-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            self._path.write_bytes(data)

        return restore


class RawRedis:
    """A database with one shard."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url)
        self._shard = "assent:{demo/0}:"

    def _journal(self, user: str) -> str:
        return f"{self._shard}journal:{key_of(user)}"

    def _conversation(self, user: str) -> str:
        return f"{self._shard}conversation:{key_of(user)}"

    def _number(self, user: str) -> str:
        found = self._redis.hget(self._conversation(user), "number")
        assert isinstance(found, bytes)
        return found.decode()

    def _links(self, user: str) -> str:
        return f"{self._shard}links:{self._number(user)}"

    def _record(self, user: str, place: int) -> bytes:
        found = self._redis.hget(self._journal(user), str(place))
        assert isinstance(found, bytes)
        return found

    def _put(self, user: str, place: int, record: bytes) -> None:
        self._redis.hset(self._journal(user), str(place), record)  # type: ignore[arg-type]

    def delete(self, user: str, place: int) -> None:
        self._redis.hdel(self._journal(user), str(place))

    def cut_end(self, user: str) -> None:
        self.delete(user, 5)
        link = self._redis.hget(self._links(user), "4")
        assert isinstance(link, bytes)
        self._redis.hset(self._conversation(user), mapping={"turns": 4, "link": f"4 {link.decode()}"})
        self._redis.hdel(self._links(user), "5")
        for line, fields in self._lines():
            if fields[b"conversation"].decode() == self._number(user) and fields[b"turn"] == b"5":
                self._redis.xdel(f"{self._shard}turns", line)

    def _lines(self) -> list[tuple[bytes, dict[bytes, bytes]]]:
        found: list[tuple[bytes, dict[bytes, bytes]]] = self._redis.xrange(f"{self._shard}turns")  # type: ignore[assignment]
        return found

    def give(self, user: str, place: int, other: str) -> None:
        self._put(other, 6, self._record(user, place))
        self.delete(user, place)

    def renumber(self, user: str, place: int) -> None:
        self._put(user, -1, self._record(user, place))
        self.delete(user, place)

    def set_time(self, user: str, place: int) -> None:
        """The log can't be changed, so it is written again."""
        lines = self._lines()
        self._redis.delete(f"{self._shard}turns")
        for line, fields in lines:
            if (fields[b"conversation"].decode(), int(fields[b"turn"])) == (self._number(user), place):
                fields[b"at"] = b"%d" % (int(fields[b"at"]) - 3_600_000)
            self._redis.xadd(f"{self._shard}turns", fields, id=line)  # type: ignore[arg-type]

    def edit(self, user: str, place: int, edit: Edit) -> None:
        self._put(user, place, edit(self._record(user, place)))

    def copy(self, user: str, place: int, other: str) -> None:
        self._put(other, place, self._record(user, place))

    def unlink(self, user: str, place: int) -> None:
        self._redis.hdel(self._links(user), str(place))

    def keep_digest(self, user: str, place: int, digest: str) -> None:
        link = self._redis.hget(self._links(user), str(place))
        assert isinstance(link, bytes)
        self._redis.hset(self._links(user), str(place), f"{link.decode()} {digest}")

    def set_contact(self, user: str, other: str) -> None:
        contact = self._redis.hget(self._conversation(other), "contact")
        assert isinstance(contact, bytes)
        self._redis.hset(self._conversation(user), "contact", contact)  # type: ignore[arg-type]

    def drop_row(self, user: str, subject: str) -> None:
        contact = self._redis.hget(self._conversation(user), "contact")
        assert isinstance(contact, bytes)
        field = self._redis.hget(f"{self._shard}contact:{contact.decode()}", f"={subject}")
        assert isinstance(field, bytes)
        self._redis.xdel(f"{self._shard}ledger", f"{field.split()[1].decode()}-0")

    def drop_conversation(self, user: str) -> None:
        self._redis.delete(self._journal(user), self._conversation(user))
        self._redis.zrem(f"{self._shard}conversations", key_of(user))

    def invent(self, user: str) -> None:
        self._put(user, 6, self._record(user, 2))

    def edit_revision(self) -> None:
        key = f"{self._shard}revision:1"
        source = self._redis.hget(key, "source")
        assert isinstance(source, bytes)
        self._redis.hset(key, "source", source.replace(b"every Monday", b"every day"))  # type: ignore[arg-type]

    def as_before(self) -> None:
        for key in self._redis.scan_iter(f"{self._shard}links:*"):
            self._redis.delete(key)
        for key in self._redis.scan_iter(f"{self._shard}conversation:*"):
            self._redis.hdel(key, "link", "pruned")

    def save(self) -> Callable[[], None]:
        data = {key: self._redis.dump(key) for key in self._redis.scan_iter()}

        def restore() -> None:
            self._redis.flushdb()
            for key, value in data.items():
                self._redis.restore(key, 0, value)  # type: ignore[arg-type]

        return restore

    def last_as_before(self, user: str) -> None:
        """Leave the last turn as a server of the version before writes it."""
        found = self._redis.hget(self._conversation(user), "turns")
        assert isinstance(found, bytes)
        last = int(found)
        link = self._redis.hget(self._links(user), str(last - 1))
        assert isinstance(link, bytes)
        self._redis.hset(self._conversation(user), "link", f"{last - 1} {link.decode()}")
        self._redis.hdel(self._links(user), str(last))

    def forget_as_before(self, count: int) -> None:
        """Forget the oldest turns as a server of the version before does."""
        for line, fields in self._lines()[:count]:
            key = self._redis.hget(f"{self._shard}conversation-keys", fields[b"conversation"].decode())
            assert isinstance(key, bytes)
            self._redis.hdel(f"{self._shard}journal:{key.decode()}", fields[b"turn"].decode())
            self._redis.hset(f"{self._shard}meta", "journal-pruned", line)  # type: ignore[arg-type]

    def erased_as_before(self) -> None:
        """Leave erased conversations as a server of the version before does."""
        for key in self._redis.scan_iter(f"{self._shard}conversation:erased:*"):
            self._redis.hdel(key, "link", "pruned")
            number = self._redis.hget(key, "number")
            assert isinstance(number, bytes)
            links = f"{self._shard}links:{number.decode()}"
            for turn, word in self._redis.hgetall(links).items():  # type: ignore[union-attr]
                self._redis.hset(links, turn, word.split()[0])
