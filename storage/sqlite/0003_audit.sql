-- What staff did that is no consent change.

CREATE TABLE audit (
    number   INTEGER PRIMARY KEY,
    bot      TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    action   TEXT NOT NULL,
    target   TEXT NOT NULL,
    detail   TEXT NOT NULL,
    UNIQUE (bot, sequence)
) STRICT;
CREATE INDEX audit_of_target ON audit (bot, target);

CREATE TRIGGER audit_rows_stay BEFORE DELETE ON audit
BEGIN
    SELECT RAISE (ABORT, 'the audit is append-only');
END;

CREATE TRIGGER audit_rows_keep_their_text BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE (ABORT, 'the audit is append-only');
END;

CREATE INDEX conversations_of_contact ON conversations (contact);
