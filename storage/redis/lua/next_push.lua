-- When there is something to push.
-- KEYS: one of the shards. ARGV: shards.
-- Returns of each: when the next people of a running run are due, a deferred push comes up or a slice's lease ends, in ms; else nil.
return each_shard(0, function(shard)
    local next
    local function consider(at)
        at = tonumber(at)
        next = next and math.min(next, at) or at
    end
    for _, run in ipairs(redis.call('ZRANGE', shard .. 'running', 0, -1)) do
        for _, bucket in ipairs(redis.call('HVALS', shard .. 'run-buckets:' .. run)) do
            local due, people, taken = string.match(bucket, '^(%-?%d+) (%d+) (%d+)$')
            if tonumber(taken) < tonumber(people) then
                consider(due)
            end
        end
        for _, lease in ipairs(redis.call('HVALS', shard .. 'run-leases:' .. run)) do
            consider(string.match(lease, '^%d+'))
        end
    end
    for _, run in ipairs(redis.call('SMEMBERS', shard .. 'runs-deferred')) do
        if redis.call('HGET', shard .. 'run:' .. run, 'state') == 'running' then
            local first = redis.call('ZRANGE', shard .. 'deferred:' .. run, 0, 0, 'WITHSCORES')
            if first[2] then
                consider(first[2])
            end
        end
    end
    return next
end)
