-- What a delivery tells of a conversation: its state is another, and what waits has failed if nobody can be reached there.
-- KEYS: the shard. ARGV: conversation, expected version, what is supposed to wait, state, 1 if what waits has failed; then
-- number, record and time of each reply that waits.
-- Returns: 1, or 0 when the state or what waits is not as supposed.
local shard, conversation = KEYS[1], ARGV[1]
local of_conversation = shard .. 'conversation:' .. conversation
local standing = redis.call('HMGET', of_conversation, 'version', 'waiting', 'owner', 'number', 'contact')
if standing[1] ~= ARGV[2] or (standing[2] or '') ~= ARGV[3] then
    return 0
end
redis.call('HSET', of_conversation, 'version', ARGV[2] + 1, 'state', ARGV[4])
if ARGV[5] == '1' then
    redis.call('HSET', of_conversation, 'waiting', '')
end
for place = 6, #ARGV, 3 do
    redis.call('HSET', shard .. 'replies:' .. conversation, ARGV[place], ARGV[place + 1])
    redis.call('ZREM', shard .. 'sending:' .. standing[3], ARGV[place] .. ' ' .. conversation)
    redis.call('HINCRBY', of_conversation, 'failed', 1)
    redis.call('ZADD', shard .. 'ended-replies', ARGV[place + 2], standing[4] .. ' ' .. ARGV[place])
end
if standing[5] then
    mark_changed(shard, standing[5])
end
return 1
