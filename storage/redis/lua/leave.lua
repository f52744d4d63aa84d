-- A worker that goes: what it leaves may be taken over at once.
-- KEYS: the shard. ARGV: worker.
redis.call('HDEL', KEYS[1] .. 'forms', ARGV[1])
return redis.call('ZREM', KEYS[1] .. 'workers', ARGV[1])
