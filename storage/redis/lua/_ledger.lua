-- Ledger rows and the memberships that follow from them. Other scripts are joined to this text.

-- The membership that a contact's field holds: 'opted_in 12' is the state and the row that made it so.
local function membership(field)
    return field and string.match(field, '^%S+') or 'none'
end

local function is_member(state)
    return state == 'opted_in' or state == 'added'
end

-- Appends `count` rows about one contact, described in ARGV from place `at` on by six words each: subject, before,
-- after, facts, digest of facts and personal part together, personal part. Adds the contact's new fields to `fields`.
-- Returns the first row's number.
local function append_ledger(shard, contact, known_since, at, count, fields)
    local meta = redis.call('HMGET', shard .. 'meta', 'ledger', 'head')
    local number = tonumber(meta[1] or '0')
    local head = meta[2] or string.rep('0', 40)
    local first = number + 1
    local personal = {}
    for place = at, at + 6 * count - 1, 6 do
        local subject, before, after = ARGV[place], ARGV[place + 1], ARGV[place + 2]
        number = number + 1
        head = redis.sha1hex(head .. ' ' .. number .. ' ' .. ARGV[place + 4])
        redis.call(
            'XADD', shard .. 'ledger', number .. '-0',
            'facts', ARGV[place + 3], 'digest', ARGV[place + 4], 'hash', head
        )
        personal[#personal + 1] = number
        personal[#personal + 1] = ARGV[place + 5]
        fields[#fields + 1] = '=' .. subject
        fields[#fields + 1] = after .. ' ' .. number
        if is_member(after) and not is_member(before) then
            redis.call('ZADD', shard .. 'members:' .. subject, known_since, contact)
        elseif is_member(before) and not is_member(after) then
            redis.call('ZREM', shard .. 'members:' .. subject, contact)
        end
    end
    redis.call('HSET', shard .. 'meta', 'ledger', number, 'head', head)
    redis.call('HSET', shard .. 'personal:' .. contact, unpack(personal))
    return first
end

-- The subject whose `before` does not hold, among `count` changes described in ARGV from place `at` on; else nil.
local function changed_meanwhile(shard, contact, at, count)
    local stands = {}
    for place = at, at + 6 * count - 1, 6 do
        local subject = ARGV[place]
        local found = stands[subject] or membership(redis.call('HGET', shard .. 'contact:' .. contact, '=' .. subject))
        if found ~= ARGV[place + 1] then
            return subject
        end
        stands[subject] = ARGV[place + 2]
    end
    return nil
end

-- The time in microseconds since 1970, as text; never the same twice, nor less than before.
local function next_microsecond(shard)
    local time = redis.call('TIME')
    local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
    local last = tonumber(redis.call('HGET', shard .. 'meta', 'since') or '0')
    local text = string.format('%.0f', math.max(now, last + 1))
    redis.call('HSET', shard .. 'meta', 'since', text)
    return text
end
