-- KEYS: the shard. ARGV: id of a loss, the JSON that it becomes.
redis.call('HSET', KEYS[1] .. 'losses', ARGV[1], ARGV[2])
local open = false
for _, record in ipairs(redis.call('HVALS', KEYS[1] .. 'losses')) do
    open = open or not cjson.decode(record).accepted_at
end
if not open then
    redis.call('HDEL', KEYS[1] .. 'meta', 'lost')
end
return 1
