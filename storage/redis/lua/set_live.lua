-- Tells a further shard of the live revision, which only ever rises.
-- KEYS: the shard. ARGV: number.
if tonumber(redis.call('GET', KEYS[1] .. 'live') or '0') < tonumber(ARGV[1]) then
    redis.call('SET', KEYS[1] .. 'live', ARGV[1])
end
return 1
