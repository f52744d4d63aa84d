-- Writes fields of hashes of a shard if one of them still holds what it did.
-- KEYS: the shard. ARGV: name of a hash, field, what it must hold ('' for nothing); name of a hash and field that count up,
-- or '' twice; then any number of hash, field, value, which is '' for a field that goes.
-- Returns: 1, or 0 when it holds something else.
local shard = KEYS[1]
if (redis.call('HGET', shard .. ARGV[1], ARGV[2]) or '') ~= ARGV[3] then
    return 0
end
for place = 6, #ARGV, 3 do
    if ARGV[place + 2] == '' then
        redis.call('HDEL', shard .. ARGV[place], ARGV[place + 1])
    else
        redis.call('HSET', shard .. ARGV[place], ARGV[place + 1], ARGV[place + 2])
    end
end
if ARGV[4] ~= '' then
    redis.call('HINCRBY', shard .. ARGV[4], ARGV[5], 1)
end
return 1
