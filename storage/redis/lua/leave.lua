-- A worker that goes: what it leaves may be taken over at once.
-- KEYS: the shard. ARGV: worker.
return redis.call('ZREM', KEYS[1] .. 'workers', ARGV[1])
