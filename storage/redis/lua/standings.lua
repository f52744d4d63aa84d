-- How people stand, whom staff is about to do something to.
-- KEYS: the shard. ARGV: segment, numbers in the shard. Returns four words for each: contact, membership of the segment, of
-- everything, and '' or why staff can do nothing: 'unknown', 'barred'.
local shard = KEYS[1]
local found = {}
for place = 2, #ARGV do
    local contact = redis.call('HGET', shard .. 'numbers', ARGV[place])
    local stands = contact and redis.call('HMGET', shard .. 'contact:' .. contact, '=' .. ARGV[1], '=*', 'gone', 'barred')
    found[#found + 1] = contact or ''
    found[#found + 1] = stands and membership(stands[1]) or 'none'
    found[#found + 1] = stands and membership(stands[2]) or 'none'
    found[#found + 1] = (not stands or stands[3]) and 'unknown' or stands[4] and 'barred' or ''
end
return found
