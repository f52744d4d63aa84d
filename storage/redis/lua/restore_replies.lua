-- KEYS: the shard. ARGV: kind, then of each reply: ordinal, conversation, status, record, time in ms. What waits
-- belongs to a sender that is gone, so that the first server takes it over.
local shard, sender = KEYS[1], 'copied'
each_new(shard, 5, function(place)
    local conversation, status = ARGV[place], ARGV[place + 1]
    local of_conversation = shard .. 'conversation:' .. conversation
    local number = redis.call('HINCRBY', shard .. 'meta', 'reply', 1)
    redis.call('HSET', shard .. 'replies:' .. conversation, number, ARGV[place + 2])
    if status ~= 'pending' then
        local talk = number_of(shard, conversation, redis.call('HGET', of_conversation, 'number'))
        redis.call('ZADD', shard .. 'ended-replies', ARGV[place + 3], talk .. ' ' .. number)
    end
    if status == 'pending' then
        local waiting = redis.call('HGET', of_conversation, 'waiting')
        waiting = (waiting and waiting ~= '') and waiting .. ' ' .. number or number
        redis.call('HSET', of_conversation, 'waiting', waiting, 'owner', sender)
        redis.call('ZADD', shard .. 'sending:' .. sender, number, number .. ' ' .. conversation)
        redis.call('SADD', shard .. 'senders', sender)
    elseif status == 'failed' then
        redis.call('HINCRBY', of_conversation, 'failed', 1)
    end
end)
return 1
