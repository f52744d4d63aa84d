-- Handles of people of another store. Done again, it changes nothing.
-- KEYS: the shard. ARGV: three words for each: number of the contact in the shard, kind, key.
local shard = KEYS[1]
for place = 1, #ARGV, 3 do
    local key = shard .. 'handles:' .. ARGV[place + 1]
    local known = redis.call('HGET', key, ARGV[place + 2])
    if not known then
        redis.call('HSET', key, ARGV[place + 2], ARGV[place])
    elseif not string.find(' ' .. known .. ' ', ' ' .. ARGV[place] .. ' ', 1, true) then
        redis.call('HSET', key, ARGV[place + 2], known .. ' ' .. ARGV[place])
    end
end
return 1
