-- Writing records of another store. Other scripts are joined to this text.

-- Calls `write` with the place in ARGV of each record of `words` words that was not written before. Records begin at
-- place 2, each with its ordinal; ARGV[1] is their kind.
local function each_new(shard, words, write)
    local kind = ARGV[1]
    local done = tonumber(redis.call('HGET', shard .. 'restored', kind) or '0')
    for place = 2, #ARGV, words do
        local ordinal = tonumber(ARGV[place])
        if ordinal > done then
            write(place + 1)
            done = ordinal
        end
    end
    redis.call('HSET', shard .. 'restored', kind, done)
end
