-- Forgets journal entries, in the order of their turns.
-- KEYS: the shard. ARGV: the last line looked at now; then the conversation's number and the turn of each entry.
-- Returns how many went.
local shard = KEYS[1]
local gone = 0
for place = 2, #ARGV, 2 do
    local conversation = redis.call('HGET', shard .. 'conversation-keys', ARGV[place])
    gone = gone + redis.call('HDEL', shard .. 'journal:' .. conversation, ARGV[place + 1])
end
redis.call('HSET', shard .. 'meta', 'journal-pruned', ARGV[1])
trim_turns(shard)
return gone
