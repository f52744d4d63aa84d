-- A copy of another store into this one that is not finished.

CREATE TABLE copying (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    source TEXT NOT NULL,
    place  TEXT NOT NULL
) STRICT;
