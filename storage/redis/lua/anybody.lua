-- A worker that is alive; nil if none is.
-- KEYS: the shard.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
return redis.call('ZRANGE', KEYS[1] .. 'workers', now, '+inf', 'BYSCORE', 'LIMIT', 0, 1)[1]
