-- People by number and by handle, and that they changed. Other scripts are joined to this text.

-- Gives a new contact its number in the shard.
local function new_number(shard, contact)
    local number = redis.call('HINCRBY', shard .. 'meta', 'people', 1)
    redis.call('HSET', shard .. 'numbers', number, contact)
    return number
end

-- Says that a contact changed, for whoever follows.
local function mark_changed(shard, contact)
    redis.call('ZADD', shard .. 'people', redis.call('HINCRBY', shard .. 'meta', 'changes', 1), contact)
end

-- Handles: `at` is the place in ARGV of how many are new (kind, key, digest each); how many are lost (kind, key each)
-- comes after those. A key names the numbers of its contacts. Returns whether one of the new ones belonged to somebody
-- who was erased, and what their acts must be younger than, in ms, or nil.
local function change_handles(shard, number, at)
    local lost = at + 1 + 3 * ARGV[at]
    for place = lost + 1, lost + 2 * ARGV[lost], 2 do
        local key = shard .. 'handles:' .. ARGV[place]
        local left = {}
        for each in string.gmatch(redis.call('HGET', key, ARGV[place + 1]) or '', '%d+') do
            if each ~= tostring(number) then
                left[#left + 1] = each
            end
        end
        if #left > 0 then
            redis.call('HSET', key, ARGV[place + 1], table.concat(left, ' '))
        else
            redis.call('HDEL', key, ARGV[place + 1])
        end
    end
    local was_erased, lowered = false, nil
    for place = at + 1, lost - 1, 3 do
        if ARGV[place] ~= 'account' then
            local key = shard .. 'handles:' .. ARGV[place]
            local known = redis.call('HGET', key, ARGV[place + 1])
            if not known then
                redis.call('HSET', key, ARGV[place + 1], number)
            elseif not string.find(' ' .. known .. ' ', ' ' .. number .. ' ', 1, true) then
                redis.call('HSET', key, ARGV[place + 1], known .. ' ' .. number)
            end
        end
        if redis.call('SISMEMBER', shard .. 'erased', ARGV[place + 2]) == 1 then
            was_erased = true
            local at = tonumber(redis.call('HGET', shard .. 'erased-times', ARGV[place + 2]) or nil)
            lowered = at and math.max(at, lowered or at) or lowered
        end
    end
    return was_erased, lowered
end
