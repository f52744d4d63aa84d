-- Keeps a slice for longer, or lets it go.
-- KEYS: shard 0 of the bot. ARGV: worker, run, epoch, bucket and place, until when in ms; 0: it is free, '':
-- all of its people have a push.
-- Returns: 1 if the worker has it.
local shard, leases = KEYS[1], KEYS[1] .. 'run-leases:' .. ARGV[2]
local held = redis.call('HGET', leases, ARGV[4])
local current = redis.call('HMGET', shard .. 'run:' .. ARGV[2], 'state', 'epoch')
if not held or string.match(held, '^%d+ (.*)$') ~= ARGV[1] then
    return 0
end
if ARGV[5] == '' or ARGV[5] == '0' then
    redis.call(ARGV[5] == '' and 'HDEL' or 'HSET', leases, ARGV[4], unpack(ARGV[5] == '' and {} or {'0 '}))
    return 1
end
if current[1] ~= 'running' or current[2] ~= ARGV[3] then
    return 0
end
redis.call('HSET', leases, ARGV[4], ARGV[5] .. ' ' .. ARGV[1])
return 1
