-- People as staff works with them, segments, imports, and who may use the API.

ALTER TABLE contacts ADD COLUMN changed INTEGER NOT NULL DEFAULT 0; -- number of the last change, over all contacts
ALTER TABLE contacts ADD COLUMN seen_at INTEGER;                    -- when the person last did something
ALTER TABLE contacts ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;    -- 1: merged into another, or erased
ALTER TABLE contacts ADD COLUMN barred INTEGER NOT NULL DEFAULT 0;  -- 1: came back after being erased; staff adds them nowhere
UPDATE contacts SET
    changed = number,
    gone = NOT EXISTS (SELECT 1 FROM identities WHERE contact = contacts.number),
    seen_at = (
        SELECT max(journal.at) FROM conversations JOIN journal ON journal.conversation = conversations.number
        WHERE conversations.contact = contacts.number
    );
CREATE INDEX contacts_by_change ON contacts (changed);
CREATE INDEX barred_contacts ON contacts (number) WHERE barred;

-- By what staff and files name people. Accounts are in `identities`.
CREATE TABLE handles (
    bot     TEXT NOT NULL,
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    contact INTEGER NOT NULL REFERENCES contacts (number),
    PRIMARY KEY (bot, kind, key, contact)
) STRICT, WITHOUT ROWID;
CREATE INDEX handles_of_contact ON handles (contact);
CREATE INDEX identities_of_contact ON identities (contact);

-- What is left of the handles of people who were erased, so that no list brings them back.
CREATE TABLE salt (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    value BLOB NOT NULL
) STRICT;
INSERT INTO salt VALUES (1, randomblob(32));

CREATE TABLE erased_handles (
    bot    TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (bot, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE segments (
    bot     TEXT NOT NULL,
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    record  BLOB NOT NULL,
    PRIMARY KEY (bot, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE segment_versions (
    bot     TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE frozen_members (
    bot     TEXT NOT NULL,
    name    TEXT NOT NULL,
    at      INTEGER NOT NULL,
    members BLOB NOT NULL,
    PRIMARY KEY (bot, name)
) STRICT;

CREATE TABLE imports (
    number       INTEGER PRIMARY KEY AUTOINCREMENT, -- in order of time
    bot          TEXT NOT NULL,
    id           TEXT NOT NULL,
    state        TEXT NOT NULL,
    leased_until INTEGER,
    record       BLOB NOT NULL,
    UNIQUE (bot, id)
) STRICT;
CREATE INDEX imports_to_do ON imports (number) WHERE state = 'queued' OR state = 'running';

CREATE TABLE import_files (
    job   INTEGER NOT NULL REFERENCES imports (number),
    place INTEGER NOT NULL,
    chunk BLOB NOT NULL,
    PRIMARY KEY (job, place)
) STRICT;

CREATE TABLE import_rows (
    job    INTEGER NOT NULL REFERENCES imports (number),
    line   INTEGER NOT NULL,
    value  TEXT NOT NULL,
    waits  INTEGER NOT NULL, -- 1: for the directory; else the row failed
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (job, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
    number INTEGER PRIMARY KEY,
    id     TEXT NOT NULL UNIQUE,
    digest TEXT NOT NULL UNIQUE,
    record BLOB NOT NULL
) STRICT;

CREATE TABLE kept_answers (
    token  TEXT NOT NULL,
    key    TEXT NOT NULL,
    at     INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (token, key)
) STRICT;

ALTER TABLE audit ADD COLUMN address TEXT NOT NULL DEFAULT '';

DROP TRIGGER audit_rows_keep_their_text;
CREATE TRIGGER audit_rows_keep_their_text BEFORE UPDATE ON audit
WHEN NOT (
    new.target GLOB 'erased:*'
    AND (new.number, new.bot, new.sequence, new.at, new.actor, new.action, new.detail, new.address)
     IS (old.number, old.bot, old.sequence, old.at, old.actor, old.action, old.detail, old.address)
)
BEGIN
    SELECT RAISE (ABORT, 'the audit is append-only');
END;
