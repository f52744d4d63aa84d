-- A revision that is never live, numbered from -1 down; the one that there is of the same source, if there is one.
-- KEYS: shard 0 of the bot. ARGV: source, digest, author, time in ms.
-- Returns: its number.
local shard, digest = KEYS[1], ARGV[2]
local live, kept = tonumber(redis.call('GET', shard .. 'live') or '0'), shard .. 'kept-revisions'
for number = 1, live do
    if redis.call('HGET', shard .. 'revision:' .. number, 'digest') == digest then
        return number
    end
end
for number = 1, tonumber(redis.call('GET', kept) or '0') do
    if redis.call('HGET', shard .. 'revision:-' .. number, 'digest') == digest then
        return -number
    end
end
local number = redis.call('INCR', kept)
redis.call(
    'HSET', shard .. 'revision:-' .. number,
    'source', ARGV[1], 'digest', digest, 'author', ARGV[3], 'at', ARGV[4], 'note', '', 'rolled-back-to', 0
)
return -number
