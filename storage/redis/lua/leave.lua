-- A worker that goes: what it leaves may be taken over at once.
-- KEYS: one of the shards. ARGV: worker; shards.
return each_shard(1, function(shard)
    redis.call('HDEL', shard .. 'forms', ARGV[1])
    return redis.call('ZREM', shard .. 'workers', ARGV[1])
end)
