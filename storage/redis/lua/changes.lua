-- Numbers that rise with what is written.
-- KEYS: one of the shards. ARGV: shards.
-- Returns of each: one text that differs once its people, memberships or segments changed, and one that does once its flow
-- did.
return each_shard(0, function(shard)
    local meta = redis.call('HMGET', shard .. 'meta', 'changes', 'ledger', 'segments')
    local live = redis.call('GET', shard .. 'live') or ''
    return {
        (meta[1] or '') .. ' ' .. (meta[2] or '') .. ' ' .. (meta[3] or ''),
        live .. ' ' .. (redis.call('HGET', shard .. 'draft', 'version') or '')
    }
end)
