-- Says to a shard how a run stands, if it does not know better: claims compare it.
-- KEYS: the shard. ARGV: run, state, epoch, family.
local shard, of_run = KEYS[1], KEYS[1] .. 'run:' .. ARGV[1]
if tonumber(redis.call('HGET', of_run, 'epoch') or '0') < tonumber(ARGV[3]) then
    redis.call('HSET', of_run, 'state', ARGV[2], 'epoch', ARGV[3], 'family', ARGV[4])
    redis.call('SADD', shard .. 'family:' .. ARGV[4], ARGV[1])
end
return 1
