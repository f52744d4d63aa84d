-- KEYS: the first shard of the bot. ARGV: what the row is about, the row. Returns its sequence.
local sequence = redis.call('HINCRBY', KEYS[1] .. 'meta', 'audit', 1)
redis.call('HSET', KEYS[1] .. 'audit', sequence, ARGV[2])
redis.call('ZADD', KEYS[1] .. 'audit-of:' .. ARGV[1], sequence, sequence)
return sequence
