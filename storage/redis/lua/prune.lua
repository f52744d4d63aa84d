-- Forgets ids of events and delivered replies, in the order of their turns.
-- KEYS: the shard. ARGV: the last turn looked at before, the last one now; then, headed by how many there are, each
-- event with the conversation's number and turn that it is of; headed likewise, conversation and number of each reply.
local shard, at = KEYS[1], 3
local events = tonumber(ARGV[at])
local gone = {0, 0}
for place = at + 1, at + 2 * events, 2 do
    gone[1] = gone[1] + redis.call('HDEL', shard .. 'seen', ARGV[place])
    redis.call('HDEL', shard .. 'fingerprints', ARGV[place])
    redis.call('HDEL', shard .. 'turn-events', ARGV[place + 1])
end
at = at + 2 * events + 1
for place = at + 1, at + 2 * ARGV[at], 2 do
    gone[2] = gone[2] + redis.call('HDEL', shard .. 'replies:' .. ARGV[place], ARGV[place + 1])
end
redis.call('HSET', shard .. 'meta', 'pruned', ARGV[2])
trim_turns(shard)
return gone
