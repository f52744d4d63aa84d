-- KEYS: the shard. ARGV: kind, then of each turn: ordinal, conversation, event, time in ms, record.
local shard = KEYS[1]
each_new(shard, 5, function(place)
    local conversation = ARGV[place]
    local turn = redis.call('HINCRBY', shard .. 'conversation:' .. conversation, 'turns', 1)
    redis.call('HSET', shard .. 'journal:' .. conversation, turn, ARGV[place + 3])
    redis.call(
        'XADD', shard .. 'turns', '*', 'conversation', conversation, 'turn', turn, 'event', ARGV[place + 1],
        'at', ARGV[place + 2], 'reply', 0, 'replies', 0
    )
end)
return 1
