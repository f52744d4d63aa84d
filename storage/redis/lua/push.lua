-- The next revision, live at once.
-- KEYS: shard 0 of the bot. ARGV: expected live number, source, digest, author, time in ms, note, rolled back to.
-- Returns: {'ok', number} or {'conflict', live number, its author}.
local shard = KEYS[1]
local live = redis.call('GET', shard .. 'live') or '0'
if live ~= ARGV[1] then
    return {'conflict', tonumber(live), redis.call('HGET', shard .. 'revision:' .. live, 'author') or ''}
end
local number = live + 1
redis.call(
    'HSET', shard .. 'revision:' .. number,
    'source', ARGV[2], 'digest', ARGV[3], 'author', ARGV[4], 'at', ARGV[5], 'note', ARGV[6], 'rolled-back-to', ARGV[7]
)
redis.call('SET', shard .. 'live', number)
return {'ok', number}
