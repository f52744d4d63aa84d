-- Says in the shard of an account that its contact is in another one.
-- KEYS: the shard. ARGV: account, where its contact is, '' to take the account back.
-- Returns: 1, or 0 when the account is somebody else's.
local accounts = KEYS[1] .. 'identities'
local found = redis.call('HGET', accounts, ARGV[1])
if ARGV[2] == '' then
    return redis.call('HDEL', accounts, ARGV[1])
end
if found and found ~= ARGV[2] then
    return 0
end
redis.call('HSET', accounts, ARGV[1], ARGV[2])
return 1
