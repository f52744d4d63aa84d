-- KEYS: the shard. ARGV: kind, then of each message: ordinal, conversation, time in ms, text.
local shard = KEYS[1]
each_new(shard, 4, function(place)
    local conversation = ARGV[place]
    local known = redis.call('HGET', shard .. 'conversation:' .. conversation, 'number')
    keep_ignored(shard, number_of(shard, conversation, known), ARGV[place + 1], ARGV[place + 2])
end)
return 1
