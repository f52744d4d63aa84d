CREATE TABLE enrolments (
    bot TEXT NOT NULL,
    sequence TEXT NOT NULL,
    contact TEXT NOT NULL,
    state TEXT NOT NULL,
    due INTEGER,
    version INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (bot, sequence, contact)
) WITHOUT ROWID;

CREATE INDEX enrolments_due ON enrolments (due) WHERE due IS NOT NULL;

CREATE INDEX enrolments_of ON enrolments (bot, contact);

CREATE TABLE paused_sequences (bot TEXT NOT NULL, sequence TEXT NOT NULL, PRIMARY KEY (bot, sequence)) WITHOUT ROWID;

CREATE TABLE enrolment_feeds (bot TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
