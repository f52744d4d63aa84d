-- Forgets replies that ended and that no line of the log of turns leads to.
-- KEYS: the shard. ARGV: of each, its name in `ended-replies`, the conversation ('' where that is gone), its number, 1
-- if it had failed. Returns how many went.
local shard, gone = KEYS[1], 0
for place = 1, #ARGV, 4 do
    local conversation = ARGV[place + 1]
    redis.call('ZREM', shard .. 'ended-replies', ARGV[place])
    if conversation ~= '' and redis.call('HDEL', shard .. 'replies:' .. conversation, ARGV[place + 2]) == 1 then
        gone = gone + 1
        if ARGV[place + 3] == '1' then
            redis.call('HINCRBY', shard .. 'conversation:' .. conversation, 'failed', -1)
        end
    end
end
return gone
