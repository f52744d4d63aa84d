-- Which store this is, and rows of the ledger that were acknowledged and are not there any more.

CREATE TABLE identity (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    store       TEXT NOT NULL,
    copied_from TEXT NOT NULL -- JSON: the stores that this one continues, and how far their ledgers went
) STRICT;
INSERT INTO identity VALUES (1, lower(hex(randomblob(16))), '[]');

CREATE TABLE ledger_losses (
    number      INTEGER PRIMARY KEY,
    bot         TEXT NOT NULL,
    first       INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    reserved    INTEGER NOT NULL, -- later rows have higher numbers
    hash        BLOB NOT NULL,    -- of row `last`
    found_at    INTEGER NOT NULL,
    accepted_at INTEGER,          -- NULL: nothing that raises consent is written
    accepted_by TEXT NOT NULL
) STRICT;

CREATE TRIGGER ledger_losses_stay BEFORE DELETE ON ledger_losses
BEGIN
    SELECT RAISE (ABORT, 'what was lost stays on record');
END;

CREATE TRIGGER accepted_losses_stay BEFORE UPDATE ON ledger_losses
WHEN old.accepted_at IS NOT NULL
BEGIN
    SELECT RAISE (ABORT, 'what was lost stays on record');
END;
