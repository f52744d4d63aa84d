-- Forgets journal entries, in the order of their turns. Each conversation keeps the last one's place, link and time.
-- KEYS: the shard. ARGV: the last line looked at now; then the conversation's number, the turn and its time in ms of each
-- entry.
-- Returns how many went.
local shard = KEYS[1]
local gone = 0
for place = 2, #ARGV, 3 do
    local number, turn, at = ARGV[place], ARGV[place + 1], tonumber(ARGV[place + 2])
    local conversation = redis.call('HGET', shard .. 'conversation-keys', number)
    local of_conversation = shard .. 'conversation:' .. conversation
    gone = gone + redis.call('HDEL', shard .. 'journal:' .. conversation, turn)
    local link = string.match(redis.call('HGET', shard .. 'links:' .. number, turn) or '', '^%x+') or ''
    local before = string.match(redis.call('HGET', of_conversation, 'pruned') or '', '^%d+ (%d+)')
    at = math.max(at, tonumber(before or '0'))
    redis.call('HSET', of_conversation, 'pruned', turn .. ' ' .. string.format('%.0f', at) .. ' ' .. link)
    redis.call('HDEL', shard .. 'links:' .. number, turn)
end
redis.call('HSET', shard .. 'meta', 'journal-pruned', ARGV[1])
trim_turns(shard)
return gone
