-- Rows of the ledger that one act of staff made for many people at once. They have numbers among the rows of `ledger`;
-- what they share is written once. `contacts` and `lines` are JSON arrays: the first contact's row is row `first`.

CREATE TABLE ledger_batches (
    number   INTEGER PRIMARY KEY,
    bot      TEXT NOT NULL,
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    subject  TEXT NOT NULL,
    before   TEXT NOT NULL CHECK (before = 'none' OR before = 'opted_in' OR before = 'opted_out' OR before = 'added'),
    after    TEXT NOT NULL CHECK (after = 'none' OR after = 'opted_in' OR after = 'opted_out' OR after = 'added'),
    at       INTEGER NOT NULL,
    source   TEXT NOT NULL,
    actor    TEXT NOT NULL,
    detail   TEXT NOT NULL,  -- the job, or what else they have in common
    contacts TEXT NOT NULL,  -- numbers, between lowest and highest
    lowest   INTEGER NOT NULL,
    highest  INTEGER NOT NULL,
    lines    TEXT,           -- of the job's file
    hash     BLOB NOT NULL,  -- SHA-256 over the hash of the row before and these rows, with the contacts' ids
    UNIQUE (bot, last)
) STRICT;

CREATE TRIGGER batches_make_memberships AFTER INSERT ON ledger_batches
BEGIN
    INSERT INTO memberships (contact, subject, bot, state, sequence)
    SELECT each.value, new.subject, new.bot, new.after, new.first + each.key FROM json_each(new.contacts) AS each
    WHERE true
    ON CONFLICT (contact, subject) DO UPDATE SET state = excluded.state, sequence = excluded.sequence;
END;

CREATE TRIGGER ledger_batches_stay BEFORE DELETE ON ledger_batches
BEGIN
    SELECT RAISE (ABORT, 'the ledger is append-only');
END;

CREATE TRIGGER ledger_batches_keep_their_facts BEFORE UPDATE ON ledger_batches
BEGIN
    SELECT RAISE (ABORT, 'the ledger is append-only');
END;
