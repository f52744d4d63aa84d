-- KEYS: the shard. ARGV: kind, then of each message: ordinal, conversation, time in ms, text.
local shard = KEYS[1]
each_new(shard, 4, function(place)
    redis.call(
        'XADD', shard .. 'ignored', '*', 'conversation', ARGV[place], 'at', ARGV[place + 1], 'text', ARGV[place + 2]
    )
end)
return 1
