-- The line of the file in which somebody stood goes when they are erased; the digest of all lines stays, so the chain
-- holds. An element of `lines` that was taken away is null.

ALTER TABLE ledger_batches ADD COLUMN lines_digest BLOB NOT NULL DEFAULT x''; -- SHA-256; empty where there are no lines

DROP TRIGGER ledger_batches_keep_their_facts;
CREATE TRIGGER ledger_batches_keep_their_facts BEFORE UPDATE ON ledger_batches
WHEN NOT (
    (
        new.number, new.bot, new.first, new.last, new.subject, new.before, new.after, new.at, new.source, new.actor,
        new.detail, new.contacts, new.lowest, new.highest, new.lines_digest, new.hash, json_array_length(new.lines)
    ) IS (
        old.number, old.bot, old.first, old.last, old.subject, old.before, old.after, old.at, old.source, old.actor,
        old.detail, old.contacts, old.lowest, old.highest, old.lines_digest, old.hash, json_array_length(old.lines)
    )
)
BEGIN
    SELECT RAISE (ABORT, 'the ledger is append-only');
END;
