-- When the next timer is due that no other worker is taking through its turn; of each shard; nil if there is none.
-- KEYS: one of the shards. ARGV: worker or '', time in ms to look from ('(' before it: after it) or '-inf'; shards.
local function of_shard(shard)
    local from = 0
    while true do
        local timers = redis.call(
            'ZRANGE', shard .. 'timers', ARGV[2], '+inf', 'BYSCORE', 'LIMIT', from, 100, 'WITHSCORES'
        )
        if #timers == 0 then
            return nil
        end
        for place = 1, #timers, 2 do
            if not is_another(shard, redis.call('HGET', shard .. 'timer-workers', timers[place]), ARGV[1]) then
                return timers[place + 1]
            end
        end
        from = from + 100
    end
end

return each_shard(2, of_shard)
