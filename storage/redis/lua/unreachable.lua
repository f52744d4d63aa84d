-- Nobody can be reached there: the state says so, and what waits has failed.
-- KEYS: the shard. ARGV: conversation, expected version, state, then number and record of each waiting reply.
-- Returns: 1, or 0 when the state or what waits is not as supposed.
local shard, conversation = KEYS[1], ARGV[1]
local of_conversation = shard .. 'conversation:' .. conversation
if redis.call('HGET', of_conversation, 'version') ~= ARGV[2] then
    return 0
end
if redis.call('LLEN', shard .. 'lane:' .. conversation) ~= (#ARGV - 3) / 2 then
    return 0
end
redis.call('HSET', of_conversation, 'version', ARGV[2] + 1, 'state', ARGV[3])
for place = 4, #ARGV, 2 do
    redis.call('HSET', shard .. 'replies:' .. conversation, ARGV[place], ARGV[place + 1])
    if end_reply(shard, conversation, ARGV[place]) then
        redis.call('HINCRBY', of_conversation, 'failed', 1)
    end
end
return 1
