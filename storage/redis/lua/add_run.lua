-- A run of a broadcast, unless that occurrence has one. The other shards were told of it before (see copy_run).
-- KEYS: shard 0 of the bot. ARGV: run, broadcast and occurrence, header, state, family, planned, reason, when in ms, by whom,
-- record without the people of its buckets; then two lists, each headed by its length: buckets (due in ms, size, people each);
-- counts (state and kind, number each).
-- Returns: the id of the run that the occurrence has.
local shard, run = KEYS[1], ARGV[1]
local known = redis.call('HGET', shard .. 'run-occurrences', ARGV[2])
if known then
    return known
end
redis.call('HSET', shard .. 'run-occurrences', ARGV[2], run)
redis.call('HSET', shard .. 'runs', run, ARGV[3])
redis.call('ZADD', shard .. 'run-order', redis.call('HINCRBY', shard .. 'meta', 'runs', 1), run)
redis.call('HSET', shard .. 'run-audiences', run, ARGV[10])
local counts = 12 + 3 * ARGV[11]
for place = 12, counts - 1, 3 do
    local bucket = (place - 12) / 3
    redis.call('HSET', shard .. 'run-buckets:' .. run, bucket, ARGV[place] .. ' ' .. ARGV[place + 1] .. ' 0')
    redis.call('HSET', shard .. 'run-people:' .. run, bucket, ARGV[place + 2])
end
local of_run = shard .. 'run:' .. run
redis.call(
    'HSET', of_run, 'state', ARGV[4], 'epoch', 1, 'family', ARGV[5], 'planned', ARGV[6], 'reason', ARGV[7], 'at', ARGV[8],
    'by', ARGV[9]
)
for place = counts + 1, counts + 2 * ARGV[counts], 2 do
    redis.call('HINCRBY', of_run, 'n ' .. ARGV[place], ARGV[place + 1])
end
redis.call('SADD', shard .. 'family:' .. ARGV[5], run)
if ARGV[4] == 'running' then
    redis.call('ZADD', shard .. 'running', 0, run)
end
return run
