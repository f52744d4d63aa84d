-- KEYS: the shard. ARGV: kind, then of each turn: ordinal, conversation, event, time in ms, record.
local shard = KEYS[1]
each_new(shard, 5, function(place)
    local conversation = ARGV[place]
    local of_conversation = shard .. 'conversation:' .. conversation
    local turn = redis.call('HINCRBY', of_conversation, 'turns', 1)
    local talk = number_of(shard, conversation, redis.call('HGET', of_conversation, 'number'))
    redis.call('HSET', shard .. 'journal:' .. conversation, turn, ARGV[place + 3])
    log_turn(shard, talk, turn, ARGV[place + 1], ARGV[place + 2], 0, 0)
end)
return 1
