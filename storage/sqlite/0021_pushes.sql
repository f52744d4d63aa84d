-- Broadcasts, their runs, and what became of each person's push. Who waits has no row.

CREATE TABLE broadcasts (
    bot      TEXT NOT NULL,
    id       TEXT NOT NULL,
    version  INTEGER NOT NULL,
    archived INTEGER NOT NULL,
    record   BLOB NOT NULL,
    PRIMARY KEY (bot, id)
) STRICT, WITHOUT ROWID;

-- Runs of broadcasts, and steps of sequences that anybody was pushed: those have no state.
CREATE TABLE runs (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    bot        TEXT NOT NULL,
    id         TEXT NOT NULL,
    broadcast  TEXT NOT NULL,               -- '': a step of a sequence
    occurrence TEXT NOT NULL,
    family     TEXT NOT NULL,
    state      TEXT NOT NULL,               -- '': a step of a sequence
    epoch      INTEGER NOT NULL,
    planned    INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    changed_at INTEGER,
    changed_by TEXT NOT NULL,
    looked_at  INTEGER NOT NULL DEFAULT 0,  -- counts up: who was looked at longest ago is next
    claimed_at INTEGER,                     -- when the last push was claimed
    record     BLOB NOT NULL,               -- without audience and buckets
    UNIQUE (bot, id)
) STRICT;
CREATE UNIQUE INDEX runs_by_occurrence ON runs (bot, broadcast, occurrence) WHERE broadcast <> '';
CREATE INDEX runs_of_family ON runs (bot, family);
CREATE INDEX running ON runs (looked_at) WHERE state = 'running';
CREATE INDEX runs_by_claim ON runs (bot, claimed_at) WHERE claimed_at IS NOT NULL;

CREATE TABLE run_audiences (
    run    INTEGER PRIMARY KEY REFERENCES runs (number),
    record BLOB NOT NULL                    -- the whole run, its buckets without people
) STRICT;

CREATE TABLE run_buckets (
    run    INTEGER NOT NULL REFERENCES runs (number),
    bucket INTEGER NOT NULL,
    due    INTEGER NOT NULL,
    size   INTEGER NOT NULL,                -- people
    taken  INTEGER NOT NULL DEFAULT 0,      -- people in slices that a worker has, or had
    people BLOB NOT NULL,                   -- bitmap of numbers of contacts
    PRIMARY KEY (run, bucket)
) STRICT;
CREATE INDEX untaken_buckets ON run_buckets (run, due) WHERE taken < size;

-- Slices that a worker has.
CREATE TABLE run_slices (
    run    INTEGER NOT NULL REFERENCES runs (number),
    bucket INTEGER NOT NULL,
    place  INTEGER NOT NULL,
    worker TEXT NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (run, bucket, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_counts (
    run   INTEGER NOT NULL REFERENCES runs (number),
    state TEXT NOT NULL,
    kind  TEXT NOT NULL,                    -- of the reason
    count INTEGER NOT NULL,
    PRIMARY KEY (run, state, kind)
) STRICT, WITHOUT ROWID;

-- What many pushes of a run have in common.
CREATE TABLE push_kinds (
    number  INTEGER PRIMARY KEY,
    run     INTEGER NOT NULL REFERENCES runs (number),
    subject TEXT NOT NULL,
    record  TEXT NOT NULL,                  -- JSON: variant, channel, zone, membership, revision, message
    UNIQUE (run, subject, record)
) STRICT;

CREATE TABLE pushes (
    run            INTEGER NOT NULL REFERENCES runs (number),
    contact        INTEGER NOT NULL REFERENCES contacts (number),
    kind           INTEGER NOT NULL REFERENCES push_kinds (number),
    state          TEXT NOT NULL,
    reason         TEXT NOT NULL,
    due            INTEGER,
    until          INTEGER,                 -- deferred: when it comes up again
    comes_up       INTEGER,                 -- deferred: the same, or when the lease of its slice ends
    claimed_at     INTEGER,
    sent_at        INTEGER,
    delivered_at   INTEGER,
    read_at        INTEGER,
    attempts       INTEGER NOT NULL,
    claims         INTEGER NOT NULL,
    conversation   INTEGER REFERENCES conversations (number),
    ids            TEXT NOT NULL,           -- what the channel calls it, with blanks between
    subject_row    INTEGER NOT NULL,
    everything_row INTEGER NOT NULL,
    PRIMARY KEY (run, contact)
) STRICT, WITHOUT ROWID;
-- The messages of a push that is being sent, in the outbox.
CREATE TABLE push_replies (
    run     INTEGER NOT NULL,
    contact INTEGER NOT NULL,
    reply   INTEGER NOT NULL,
    PRIMARY KEY (run, contact, reply)
) STRICT, WITHOUT ROWID;

CREATE INDEX deferred_pushes ON pushes (run, comes_up) WHERE comes_up IS NOT NULL;
CREATE INDEX sending_pushes ON pushes (run) WHERE state = 'sending';
