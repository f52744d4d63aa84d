"""Fold the ledger again and compare."""

import sqlite3

from storage.records import LedgerReport


def verify(connection: sqlite3.Connection, bot: str) -> LedgerReport:
    raise NotImplementedError
