-- The first revision whose digest begins so. A bot has some hundreds of them, and what is found is kept by the caller.
-- KEYS: shard 0 of the bot. ARGV: the beginning of the digest.
-- Returns: its number, or 0.
local shard, wanted = KEYS[1], ARGV[1]
for number = 1, tonumber(redis.call('GET', shard .. 'live') or '0') do
    local digest = redis.call('HGET', shard .. 'revision:' .. number, 'digest')
    if digest and string.sub(digest, 1, #wanted) == wanted then
        return number
    end
end
return 0
