-- Rows of the audit go once they are as old as the settings say: from the oldest on, and the newest stays, so that no
-- number comes twice and nothing can be cut out of the middle.

DROP TRIGGER audit_rows_stay;
CREATE TRIGGER audit_rows_stay BEFORE DELETE ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE bot = old.bot AND sequence < old.sequence)
    OR NOT EXISTS (SELECT 1 FROM audit WHERE bot = old.bot AND sequence > old.sequence)
BEGIN
    SELECT RAISE (ABORT, 'the audit is append-only');
END;
