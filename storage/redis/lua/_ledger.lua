-- Ledger rows and the memberships that follow from them. Other scripts are joined to this text.
-- A change is seven words of ARGV: subject, before, after, content of the row, digest of that, personal part, and when it
-- was done, in milliseconds; '' for a merge, which is no act.

-- The membership that a contact's field holds: 'opted_in 12' is the state and the row that made it so.
local function membership(field)
    return field and string.match(field, '^%S+') or 'none'
end

local function is_member(state)
    return state == 'opted_in' or state == 'added'
end

-- A contact as it stands: version, since when it is known, its last ledger row, its number in the shard, then its
-- memberships of the subjects of `count` changes described from place `at` on.
local function person_before(of_contact, at, count)
    local names = {'version', 'since', 'last-row', 'number'}
    for place = at, at + 7 * count - 1, 7 do
        names[#names + 1] = '=' .. ARGV[place]
    end
    return redis.call('HMGET', of_contact, unpack(names))
end

-- The subject whose `before` does not hold; else nil.
local function changed_meanwhile(person, at, count)
    local stands = {}
    for change = 0, count - 1 do
        local place = at + 7 * change
        local subject = ARGV[place]
        if (stands[subject] or membership(person[5 + change])) ~= ARGV[place + 1] then
            return subject
        end
        stands[subject] = ARGV[place + 2]
    end
    return nil
end

-- Appends the rows of `count` changes after row `number`, whose hash is `head`; adds the contact's new fields to
-- `fields`, and to `times` when the acts were (see _act_times). `who` is the contact's number in the shard. Each row names
-- the contact's row before it. Its personal part, which is '' for a person who was erased, stands beside the rows: nothing
-- in a stream can be changed. Returns the last row's number and hash.
local function append_ledger(shard, contact, since, previous, number, head, at, count, fields, who, times)
    for place = at, at + 7 * count - 1, 7 do
        local subject, before, after = ARGV[place], ARGV[place + 1], ARGV[place + 2]
        number = number + 1
        head = redis.sha1hex(head .. ' ' .. number .. ' ' .. ARGV[place + 4])
        redis.call(
            'XADD', shard .. 'ledger', number .. '-0',
            'content', ARGV[place + 3], 'previous', previous, 'hash', head, 'person', who
        )
        if ARGV[place + 5] ~= '' then
            redis.call('HSET', shard .. 'ledger-personal', number, ARGV[place + 5])
        end
        previous = number
        fields[#fields + 1] = '=' .. subject
        fields[#fields + 1] = after .. ' ' .. number
        local acted = ARGV[place + 6]
        if acted ~= '' and is_member(after) then
            times.raise(subject, acted)
        elseif acted ~= '' and (after == 'opted_out' or is_member(before)) then
            times.lower(subject, acted, number)
        end
        if is_member(after) and not is_member(before) then
            redis.call('ZADD', shard .. 'members:' .. subject, since, contact)
        elseif is_member(before) and not is_member(after) then
            redis.call('ZREM', shard .. 'members:' .. subject, contact)
        end
    end
    fields[#fields + 1] = 'last-row'
    fields[#fields + 1] = number
    return number, head
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
