-- Whether shards hold anything of their bots: a bot is known as soon as somebody asks about it.
-- KEYS: one of the shards. ARGV: shards. Returns 1 of each that does, else 0.
local NAMES = {'numbers', 'draft', 'live', 'seen', 'evidence', 'audit', 'segments', 'import-records', 'erased', 'losses', 'ledger'}

return each_shard(0, function(shard)
    local keys = {}
    for _, name in ipairs(NAMES) do
        keys[#keys + 1] = shard .. name
    end
    return redis.call('EXISTS', unpack(keys)) > 0 and 1 or 0
end)
