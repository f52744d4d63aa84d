-- A write that tells whether there can be one.
-- KEYS: the shard or the store.
return redis.call('HINCRBY', KEYS[1] .. 'meta', 'beats', 1)
