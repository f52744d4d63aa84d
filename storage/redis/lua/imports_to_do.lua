-- Imports that are not done.
-- KEYS: one of the first shards of bots. ARGV: first shards.
-- Returns of each: {job, its place in the order} of each, in one list.
return each_shard(0, function(shard)
    return redis.call('HGETALL', shard .. 'imports-to-do')
end)
