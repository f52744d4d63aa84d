-- The log of turns grows until both who forgets events and who forgets the journal are done with a line. Other scripts
-- are joined to this text.

local function is_before(place, other)
    local time, number = string.match(place, '(%d+)-(%d+)')
    local other_time, other_number = string.match(other, '(%d+)-(%d+)')
    if time ~= other_time then
        return tonumber(time) < tonumber(other_time)
    end
    return tonumber(number) < tonumber(other_number)
end

-- Drops about the lines that both have passed.
local function trim_turns(shard)
    local passed = redis.call('HMGET', shard .. 'meta', 'pruned', 'journal-pruned')
    if passed[1] and passed[2] then
        local place = is_before(passed[1], passed[2]) and passed[1] or passed[2]
        redis.call('XTRIM', shard .. 'turns', 'MINID', '~', place)
    end
end
