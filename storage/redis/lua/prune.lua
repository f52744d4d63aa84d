-- Forgets ids of events and delivered replies, in the order of their turns.
-- KEYS: the shard. ARGV: the last turn looked at before, the last one now; events; then, headed by how many there
-- are, conversation and number of each reply. The first word after the turns is how many events there are.
local shard, at = KEYS[1], 3
local events = tonumber(ARGV[at])
local gone = {0, 0}
for place = at + 1, at + events do
    gone[1] = gone[1] + redis.call('HDEL', shard .. 'seen', ARGV[place])
end
at = at + events + 1
for place = at + 1, at + 2 * ARGV[at], 2 do
    gone[2] = gone[2] + redis.call('HDEL', shard .. 'replies:' .. ARGV[place], ARGV[place + 1])
end
redis.call('HSET', shard .. 'meta', 'pruned', ARGV[2])
return gone
