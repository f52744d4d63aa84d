-- Rows of batches whose person was erased: they lost what was personal of them. What the rows of a batch share stays for
-- the others.

CREATE TABLE erased_batch_rows (
    bot      TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (bot, sequence)
) STRICT, WITHOUT ROWID;

INSERT INTO erased_batch_rows
WITH RECURSIVE erased (number, bot, id) AS (
    SELECT number, bot, id FROM contacts WHERE gone AND merged_into = ''
    UNION SELECT contacts.number, contacts.bot, contacts.id FROM erased CROSS JOIN contacts
        ON contacts.bot = erased.bot AND contacts.merged_into = erased.id AND contacts.merged_into <> ''
)
SELECT batch.bot, batch.first + each.key
FROM ledger_batches AS batch CROSS JOIN json_each(batch.contacts) AS each
WHERE each.value IN (SELECT number FROM erased);
