-- What is live, of several bots.
-- KEYS: one of their first shards. ARGV: the first shards.
-- Returns of each: number and digest of the live revision; '' if it has a draft alone, nil if it has neither.
return each_shard(0, function(shard)
    local live = redis.call('GET', shard .. 'live')
    if live then
        return live .. ' ' .. (redis.call('HGET', shard .. 'revision:' .. live, 'digest') or '')
    end
    return redis.call('EXISTS', shard .. 'draft') == 1 and ''
end)
