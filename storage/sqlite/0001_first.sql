-- Times are milliseconds since 1970 in UTC. A `record` is MessagePack as `messages.codec` writes it.
-- Contacts and conversations have a number of their own, so that other rows and indexes name them in a few bytes.

CREATE TABLE heartbeat (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    beats INTEGER NOT NULL
) STRICT;
INSERT INTO heartbeat VALUES (1, 0);

-- People ------------------------------------------------------------------------------------------------------------

CREATE TABLE contacts (
    number  INTEGER PRIMARY KEY,
    bot     TEXT NOT NULL,
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,     -- rises with every change of the contact and of its consent
    record  BLOB NOT NULL,
    UNIQUE (bot, id)
) STRICT;

CREATE TABLE identities (
    bot     TEXT NOT NULL,
    channel TEXT NOT NULL,
    user    TEXT NOT NULL,
    contact INTEGER NOT NULL REFERENCES contacts (number),
    PRIMARY KEY (bot, channel, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversations (
    number  INTEGER PRIMARY KEY,
    bot     TEXT NOT NULL,
    key     TEXT NOT NULL,
    contact INTEGER NOT NULL REFERENCES contacts (number),
    version INTEGER NOT NULL,
    record  BLOB NOT NULL,
    UNIQUE (bot, key)
) STRICT;

-- Turns -------------------------------------------------------------------------------------------------------------

CREATE TABLE seen_events (
    number   INTEGER PRIMARY KEY, -- in order of time, for pruning
    bot      TEXT NOT NULL,
    channel  TEXT NOT NULL,
    event_id TEXT NOT NULL,
    at       INTEGER NOT NULL,
    answer   TEXT,
    UNIQUE (bot, channel, event_id)
) STRICT;

CREATE TABLE journal (
    number       INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversations (number),
    turn         TEXT NOT NULL,
    at           INTEGER NOT NULL,
    record       BLOB NOT NULL
) STRICT;
CREATE INDEX journal_of_conversation ON journal (conversation);

CREATE TABLE evidence (
    bot    TEXT NOT NULL,
    digest TEXT NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (bot, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE ignored_messages (
    number       INTEGER PRIMARY KEY,
    bot          TEXT NOT NULL,
    conversation INTEGER NOT NULL REFERENCES conversations (number),
    at           INTEGER NOT NULL,
    text         TEXT NOT NULL
) STRICT;
CREATE INDEX ignored_messages_of_bot ON ignored_messages (bot);

CREATE TABLE timers (
    bot          TEXT NOT NULL,
    timer        TEXT NOT NULL,
    conversation INTEGER NOT NULL REFERENCES conversations (number),
    due          INTEGER NOT NULL,
    PRIMARY KEY (bot, timer)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_by_time ON timers (due);

CREATE TABLE outbox (
    sequence            INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice, not even after pruning
    conversation        INTEGER NOT NULL REFERENCES conversations (number),
    contact             INTEGER NOT NULL REFERENCES contacts (number),
    queued_at           INTEGER NOT NULL,
    status              TEXT NOT NULL CHECK (status = 'pending' OR status = 'delivered' OR status = 'failed'),
    attempts            INTEGER NOT NULL,
    sent                INTEGER NOT NULL,
    next_attempt_at     INTEGER,
    reason              TEXT NOT NULL,
    ambiguous           INTEGER NOT NULL,
    channel_message_ids TEXT NOT NULL,                     -- JSON array
    delivered_at        INTEGER,
    reference           BLOB NOT NULL,
    message             BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_pending ON outbox (sequence, queued_at) WHERE status = 'pending';
CREATE INDEX outbox_of_conversation ON outbox (conversation);

-- Consent -----------------------------------------------------------------------------------------------------------

CREATE TABLE ledger (
    number          INTEGER PRIMARY KEY,
    bot             TEXT NOT NULL,
    sequence        INTEGER NOT NULL,
    contact         INTEGER NOT NULL REFERENCES contacts (number),
    subject         TEXT NOT NULL,
    before          TEXT NOT NULL CHECK (before = 'none' OR before = 'opted_in' OR before = 'opted_out' OR before = 'added'),
    after           TEXT NOT NULL CHECK (after = 'none' OR after = 'opted_in' OR after = 'opted_out' OR after = 'added'),
    at              INTEGER NOT NULL,
    source          TEXT NOT NULL,
    actor           TEXT NOT NULL,
    revision        INTEGER NOT NULL,
    message         TEXT NOT NULL,
    button          TEXT NOT NULL,
    purpose         TEXT NOT NULL,
    channel         TEXT NOT NULL,
    turn            TEXT NOT NULL,
    personal        TEXT,          -- JSON: what erasing the person takes away; NULL afterwards
    personal_digest BLOB NOT NULL, -- SHA-256 of `personal`; stays
    hash            BLOB NOT NULL, -- SHA-256 over the previous row's hash and this row
    UNIQUE (bot, sequence)
) STRICT;
CREATE INDEX ledger_of_contact ON ledger (contact);

CREATE TABLE memberships (
    contact  INTEGER NOT NULL REFERENCES contacts (number),
    subject  TEXT NOT NULL,
    bot      TEXT NOT NULL,
    state    TEXT NOT NULL,
    sequence INTEGER NOT NULL,    -- of the ledger row that made it so
    PRIMARY KEY (contact, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX members ON memberships (bot, subject, contact) WHERE state IN ('opted_in', 'added');

CREATE TRIGGER ledger_makes_memberships AFTER INSERT ON ledger
BEGIN
    INSERT INTO memberships (contact, subject, bot, state, sequence)
    VALUES (new.contact, new.subject, new.bot, new.after, new.sequence)
    ON CONFLICT (contact, subject) DO UPDATE SET state = excluded.state, sequence = excluded.sequence;
END;

CREATE TRIGGER ledger_rows_stay BEFORE DELETE ON ledger
BEGIN
    SELECT RAISE (ABORT, 'the ledger is append-only');
END;

CREATE TRIGGER ledger_rows_keep_their_facts BEFORE UPDATE ON ledger
WHEN NOT (
    new.personal IS NULL
    AND (new.number, new.bot, new.sequence, new.contact, new.subject, new.before, new.after, new.at, new.source)
     IS (old.number, old.bot, old.sequence, old.contact, old.subject, old.before, old.after, old.at, old.source)
    AND (new.actor, new.revision, new.message, new.button, new.purpose, new.channel, new.turn)
     IS (old.actor, old.revision, old.message, old.button, old.purpose, old.channel, old.turn)
    AND (new.personal_digest, new.hash) IS (old.personal_digest, old.hash)
)
BEGIN
    SELECT RAISE (ABORT, 'the ledger is append-only');
END;

-- Flows -------------------------------------------------------------------------------------------------------------

CREATE TABLE drafts (
    bot      TEXT PRIMARY KEY,
    version  INTEGER NOT NULL,
    digest   TEXT NOT NULL,
    author   TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    source   TEXT NOT NULL
) STRICT;

-- The newest revision of a bot is the live one.
CREATE TABLE revisions (
    bot            TEXT NOT NULL,
    number         INTEGER NOT NULL,
    digest         TEXT NOT NULL,
    author         TEXT NOT NULL,
    pushed_at      INTEGER NOT NULL,
    note           TEXT NOT NULL,
    rolled_back_to INTEGER NOT NULL,
    source         TEXT NOT NULL,
    PRIMARY KEY (bot, number)
) STRICT;

CREATE TRIGGER revisions_stay BEFORE DELETE ON revisions
BEGIN
    SELECT RAISE (ABORT, 'a revision stays as it was pushed');
END;

CREATE TRIGGER revisions_keep_their_text BEFORE UPDATE ON revisions
BEGIN
    SELECT RAISE (ABORT, 'a revision stays as it was pushed');
END;
