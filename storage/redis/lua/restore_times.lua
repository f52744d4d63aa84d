-- Times of acts, as another store has them. Done again, it changes nothing.
-- KEYS: the shard. ARGV: four words for each: contact, subject, when it was lowered and when raised, in ms or ''.
local shard = KEYS[1]
for place = 1, #ARGV, 4 do
    local of_contact = shard .. 'contact:' .. ARGV[place]
    if ARGV[place + 2] ~= '' then
        local row = redis.call('HGET', of_contact, 'last-row') or '0'
        redis.call('HSET', of_contact, '<' .. ARGV[place + 1], ARGV[place + 2] .. ' ' .. row)
    end
    if ARGV[place + 3] ~= '' then
        redis.call('HSET', of_contact, '>' .. ARGV[place + 1], ARGV[place + 3])
    end
end
return 1
