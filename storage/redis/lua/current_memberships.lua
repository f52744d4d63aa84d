-- How people stand, whom staff is about to do something to.
-- KEYS: the shard. ARGV: segment, numbers in the shard. Returns five words for each: contact, membership of the segment, of
-- everything, '' or why staff can do nothing ('unknown', 'barred'), and when either was lowered last, in ms, or ''.
local shard = KEYS[1]
local found = {}
for place = 2, #ARGV do
    local contact = redis.call('HGET', shard .. 'numbers', ARGV[place])
    local stands = contact and redis.call('HMGET', shard .. 'contact:' .. contact, '=' .. ARGV[1], '=*', 'gone', 'barred',
        '<' .. ARGV[1], '<*')
    local lowered = stands and lowered_at(shard, stands[1], stands[5])
    local everything = stands and lowered_at(shard, stands[2], stands[6])
    found[#found + 1] = contact or ''
    found[#found + 1] = stands and membership(stands[1]) or 'none'
    found[#found + 1] = stands and membership(stands[2]) or 'none'
    found[#found + 1] = (not stands or stands[3]) and 'unknown' or stands[4] and 'barred' or ''
    found[#found + 1] = (lowered or everything)
        and string.format('%.0f', math.max(lowered or everything, everything or lowered)) or ''
end
return found
