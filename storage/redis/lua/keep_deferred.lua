-- Keeps deferred pushes of a slice for longer.
-- KEYS: the shard. ARGV: run, epoch, until when in ms, numbers in the shard.
-- Returns: 1, or 0 where the run was stopped.
local shard, deferred = KEYS[1], KEYS[1] .. 'deferred:' .. ARGV[1]
local current = redis.call('HMGET', shard .. 'run:' .. ARGV[1], 'state', 'epoch')
if current[1] ~= 'running' or current[2] ~= ARGV[2] then
    return 0
end
for place = 4, #ARGV do
    if redis.call('ZSCORE', deferred, ARGV[place]) then
        redis.call('ZADD', deferred, ARGV[3], ARGV[place])
    end
end
return 1
