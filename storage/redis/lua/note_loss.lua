-- KEYS: the shard. ARGV: number of a row that is remembered, its hash.
-- Returns: the loss as JSON; '' if the row is there, or was accepted as lost.
local ledger = tonumber(redis.call('HGET', KEYS[1] .. 'meta', 'ledger') or '0')
local loss = note_loss(KEYS[1], tonumber(ARGV[1]), ARGV[2], ledger)
return loss or ''
