-- Turns are chained per conversation: see storage/journal_chain.py. Those of before have no place and no link.

ALTER TABLE journal ADD COLUMN ordinal INTEGER; -- place in its conversation, from 1
ALTER TABLE journal ADD COLUMN link BLOB;
ALTER TABLE journal ADD COLUMN digest BLOB;     -- SHA-256 of the record as it was committed, where erasing replaced it

ALTER TABLE conversations ADD COLUMN turns INTEGER NOT NULL DEFAULT 0;  -- place of the last turn
ALTER TABLE conversations ADD COLUMN link BLOB;                         -- of the last turn
ALTER TABLE conversations ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0; -- place of the last turn that was forgotten
ALTER TABLE conversations ADD COLUMN pruned_link BLOB;                  -- of that turn
ALTER TABLE conversations ADD COLUMN pruned_at INTEGER;                 -- no turn that was forgotten is younger

UPDATE conversations SET turns = (SELECT count(*) FROM journal WHERE conversation = conversations.number);

-- Where turns were forgotten before, it is not known of which conversations.
UPDATE conversations SET pruned_at = coalesce(
    (SELECT min(at) - 1 FROM journal WHERE conversation = conversations.number),
    (cast(strftime('%s', 'now') AS INTEGER) + 1) * 1000
)
WHERE (SELECT count(*) FROM journal) < coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'journal'), 0);
