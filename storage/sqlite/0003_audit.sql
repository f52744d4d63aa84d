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

-- Whom it was done to is forgotten with them: a conversation has another name then.
CREATE TRIGGER audit_rows_keep_their_text BEFORE UPDATE ON audit
WHEN NOT (
    new.target GLOB 'erased:*'
    AND (new.number, new.bot, new.sequence, new.at, new.actor, new.action, new.detail)
     IS (old.number, old.bot, old.sequence, old.at, old.actor, old.action, old.detail)
)
BEGIN
    SELECT RAISE (ABORT, 'the audit is append-only');
END;

CREATE INDEX conversations_of_contact ON conversations (contact);
