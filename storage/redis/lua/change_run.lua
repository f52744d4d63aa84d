-- Brings a run into another state under the next epoch. The other shards are told after it (see copy_run).
-- KEYS: shard 0 of the bot. ARGV: run, state, reason, when in ms, by whom, the epoch that it must have or '', then the states that
-- it may be in.
-- Returns: {'ok', epoch, family} or {'stale'}.
local shard, run = KEYS[1], ARGV[1]
local of_run = shard .. 'run:' .. run
local current = redis.call('HMGET', of_run, 'state', 'epoch', 'family')
local may = false
for place = 7, #ARGV do
    may = may or ARGV[place] == current[1]
end
if not may or redis.call('HEXISTS', shard .. 'runs', run) == 0 or (ARGV[6] ~= '' and ARGV[6] ~= current[2]) then
    return {'stale'}
end
local epoch = redis.call('HINCRBY', of_run, 'epoch', 1)
redis.call('HSET', of_run, 'state', ARGV[2], 'reason', ARGV[3], 'at', ARGV[4], 'by', ARGV[5])
redis.call('SADD', shard .. 'runs-changing', run)
if ARGV[2] == 'running' then
    redis.call('ZADD', shard .. 'running', 0, run)
else
    redis.call('ZREM', shard .. 'running', run)
end
-- What workers had of it is free: their claims are refused from now on.
local leases = shard .. 'run-leases:' .. run
for _, lease in ipairs(redis.call('HKEYS', leases)) do
    redis.call('HSET', leases, lease, '0 ')
end
return {'ok', epoch, current[3]}
