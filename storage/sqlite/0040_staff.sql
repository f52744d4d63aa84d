-- People who sign in: accounts, sessions, links, what they prefer (storage/staff_port.py).
CREATE TABLE staff_records (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    until INTEGER,
    record BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE INDEX staff_records_until ON staff_records (until) WHERE until IS NOT NULL;
