CREATE TABLE work (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    bot TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    contact TEXT NOT NULL,
    personal INTEGER NOT NULL,
    lane TEXT NOT NULL,
    due INTEGER,
    attempts INTEGER NOT NULL,
    record BLOB NOT NULL,
    UNIQUE (bot, id)
);

CREATE INDEX work_due ON work (due) WHERE due IS NOT NULL;

CREATE INDEX work_lanes ON work (bot, lane, number) WHERE due IS NOT NULL;

CREATE INDEX work_of ON work (bot, contact);

CREATE TABLE work_feeds (bot TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
