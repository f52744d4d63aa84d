-- One act of staff for many people of a shard, whole or not at all.
-- KEYS: the shard. ARGV: segment, name of a marker or '', field of the marker, its value, when staff acted in ms, then of
-- each person seven words:
-- contact, membership of the segment, of everything, membership afterwards, content of the row, digest of that, personal
-- part. The membership afterwards is '' for no change, and 'lowered' for none but of the time. What is remembered of the
-- ledger comes last (see _memory).
-- A membership is no part of the contact, so its version stays; but a worker of a version before sees by it alone that
-- consent changed.
-- Returns: {'ok', number of the last row that it wrote, its hash}, {'done', value of the marker, which was there}, {'stale'} or {'lost'}.
local CONSENT_COMPARED = 3  -- of `storage/port.py`
local shard, segment = KEYS[1], ARGV[1]
if ARGV[2] ~= '' then
    local marked = redis.call('HGET', shard .. ARGV[2], ARGV[3])
    if marked then
        return {'done', marked}
    end
end
local people = {}
for place = 6, #ARGV - 3, 7 do
    local person = redis.call(
        'HMGET', shard .. 'contact:' .. ARGV[place], 'since', 'last-row', 'number', 'version', '=' .. segment, '=*', 'gone',
        '<' .. segment, '>' .. segment, '<*'
    )
    if membership(person[5]) ~= ARGV[place + 1] or membership(person[6]) ~= ARGV[place + 2] or person[7] then
        return {'stale'}
    end
    if is_member(ARGV[place + 3]) then
        local acted = tonumber(ARGV[5])
        local lowered, everything = lowered_at(shard, person[5], person[8]), lowered_at(shard, person[6], person[10])
        if lowered and lowered >= acted or everything and everything >= acted then
            return {'stale'}
        end
    end
    people[#people + 1] = person
end

-- The field that keeps when staff acted.
local function time_of(person, after, number)
    local at = tonumber(ARGV[5])
    local lowered, raised = time_in(person[8]) or at, time_in(person[9]) or at
    if is_member(after) then
        return {'>' .. segment, string.format('%.0f', math.max(at, raised))}
    end
    return {'<' .. segment, string.format('%.0f %.0f', math.max(at, lowered, raised), number)}
end

local number, head = end_of_ledger(shard)
if not number then
    return {'lost'}
end
local touched = forms_of_all(shard, CONSENT_COMPARED) < CONSENT_COMPARED and 1 or 0
local personal, joined, left = {}, {}, {}
for index, person in ipairs(people) do
    local place = 6 + 7 * (index - 1)
    local contact, before, after = ARGV[place], ARGV[place + 1], ARGV[place + 3]
    if after == 'lowered' then
        redis.call(
            'HSET', shard .. 'contact:' .. contact, 'version', person[4] + touched, unpack(time_of(person, after, row_in(person[8])))
        )
    elseif after ~= '' then
        number = number + 1
        head = redis.sha1hex(head .. ' ' .. number .. ' ' .. ARGV[place + 5])
        redis.call(
            'XADD', shard .. 'ledger', number .. '-0', 'content', ARGV[place + 4], 'previous', person[2] or '0',
            'hash', head, 'person', person[3]
        )
        redis.call(
            'HSET', shard .. 'contact:' .. contact, 'version', person[4] + touched, '=' .. segment, after .. ' ' .. number,
            'last-row', number, unpack(time_of(person, after, number))
        )
        personal[#personal + 1] = number
        personal[#personal + 1] = ARGV[place + 6]
        if is_member(after) then
            joined[#joined + 1] = person[1]
            joined[#joined + 1] = contact
        else
            left[#left + 1] = contact
        end
    end
end
for first = 1, #personal, 2000 do
    redis.call('HSET', shard .. 'ledger-personal', unpack(personal, first, math.min(first + 1999, #personal)))
end
for first = 1, #joined, 2000 do
    redis.call('ZADD', shard .. 'members:' .. segment, unpack(joined, first, math.min(first + 1999, #joined)))
end
for first = 1, #left, 2000 do
    redis.call('ZREM', shard .. 'members:' .. segment, unpack(left, first, math.min(first + 1999, #left)))
end
redis.call('HSET', shard .. 'meta', 'ledger', number, 'head', head)
if ARGV[2] ~= '' then
    redis.call('HSET', shard .. ARGV[2], ARGV[3], ARGV[4])
end
return {'ok', #personal > 0 and number or 0, head}
