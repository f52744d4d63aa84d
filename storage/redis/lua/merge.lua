-- Two contacts of a shard become one.
-- KEYS: the shard. ARGV: contact kept, its expected version, record; contact that goes, its expected version, record; then
-- lists, each headed by its length: changes of the one (seven words each, see _ledger), of the other; new handles of the
-- one; lost ones of the other, headed by a list that is empty (see _people).
-- What is remembered of the ledger comes last (see _memory).
-- Returns: {'ok', number of the last row that it wrote, its hash}, {'stale', contact} or {'lost'}.
local shard = KEYS[1]
local changes = {7, 8 + 7 * ARGV[7]}
local handles = changes[2] + 1 + 7 * ARGV[changes[2]]
local others = handles + 2 + 3 * ARGV[handles] + 2 * ARGV[handles + 1 + 3 * ARGV[handles]]
local who, people, standing = {ARGV[1], ARGV[4]}, {}, {}
for each = 1, 2 do
    local of_contact = shard .. 'contact:' .. who[each]
    local person = person_before(of_contact, changes[each] + 1, tonumber(ARGV[changes[each]]))
    standing[each] = redis.call('HMGET', of_contact, 'gone', 'seen', 'barred')
    if person[1] ~= ARGV[3 * each - 1] or standing[each][1] then
        return {'stale', who[each]}
    end
    if changed_meanwhile(person, changes[each] + 1, tonumber(ARGV[changes[each]])) then
        return {'stale', who[each]}
    end
    people[each] = person
end
local memberships = redis.call('HGETALL', shard .. 'contact:' .. who[2])
local ended = {}
for place = changes[2] + 1, handles - 1, 7 do
    ended['=' .. ARGV[place]] = ARGV[place + 2]
end
for place = 1, #memberships, 2 do
    local name = memberships[place]
    if string.sub(name, 1, 1) == '=' and (ended[name] or membership(memberships[place + 1])) ~= 'none' then
        return {'stale', who[2]}
    end
end
local last, head = end_of_ledger(shard)
if not last then
    return {'lost'}
end
local written = 0

-- When acts of both lowered and raised consent, by subject.
local lowered, raised = {}, {}
local function later(times, subject, at)
    times[subject] = math.max(at, times[subject] or at)
end
for each = 1, 2 do
    local hash = redis.call('HGETALL', shard .. 'contact:' .. who[each])
    for place = 1, #hash, 2 do
        local sign, subject = string.sub(hash[place], 1, 1), string.sub(hash[place], 2)
        if sign == '<' then
            later(lowered, subject, time_in(hash[place + 1]))
        elseif sign == '>' then
            later(raised, subject, time_in(hash[place + 1]))
        end
    end
    local by_rows = lowered_by_rows(shard, hash)
    for place = 1, #by_rows, 2 do
        later(lowered, by_rows[place], tonumber(by_rows[place + 1]))
    end
end

for each = 1, 2 do
    local person, count = people[each], tonumber(ARGV[changes[each]])
    local fields = {'version', person[1] + 1, 'record', ARGV[3 * each]}
    local times = act_times(shard .. 'contact:' .. who[each])
    if count > 0 then
        last, head = append_ledger(
            shard, who[each], person[2], person[3] or '0', last, head, changes[each] + 1, count, fields, person[4], times
        )
        written = last
        redis.call('HSET', shard .. 'meta', 'ledger', last, 'head', head)
    end
    redis.call('HSET', shard .. 'contact:' .. who[each], unpack(fields))
end
local kept, gone = 'contact:' .. who[1], 'contact:' .. who[2]
local seen = math.max(tonumber(standing[1][2] or '0'), tonumber(standing[2][2] or '0'))
if seen > 0 then
    redis.call('HSET', shard .. kept, 'seen', string.format('%.0f', seen))
end
if standing[1][3] or standing[2][3] then
    redis.call('HSET', shard .. kept, 'barred', 1)
end
redis.call('HSET', shard .. gone, 'gone', 1)

-- A yes that the merge overrides is a tie with what overrides it; what a STOP of the other reached is as old as that.
local hash = redis.call('HGETALL', shard .. kept)
local last_row = redis.call('HGET', shard .. kept, 'last-row') or '0'
for place = 1, #hash, 2 do
    local subject = string.sub(hash[place], 2)
    if string.sub(hash[place], 1, 1) == '=' and not is_member(membership(hash[place + 1])) then
        local at = lowered[subject] or raised[subject] or lowered['*']
        if at then
            later(lowered, subject, math.max(at, raised[subject] or at))
        end
    end
end
for subject, at in pairs(lowered) do
    redis.call('HSET', shard .. kept, '<' .. subject, string.format('%.0f ', at) .. last_row)
end
for subject, at in pairs(raised) do
    redis.call('HSET', shard .. kept, '>' .. subject, string.format('%.0f', at))
end
change_handles(shard, people[2][4], others)
change_handles(shard, people[1][4], handles)
for place = handles + 1, handles + 3 * ARGV[handles], 3 do
    if ARGV[place] == 'account' then
        redis.call('HSET', shard .. 'identities', ARGV[place + 1], who[1])
    end
end
for _, conversation in ipairs(redis.call('SMEMBERS', shard .. 'conversations-of:' .. who[2])) do
    redis.call('HSET', shard .. 'conversation:' .. conversation, 'contact', who[1])
    redis.call('HINCRBY', shard .. 'conversation:' .. conversation, 'version', 1)
    redis.call('SADD', shard .. 'conversations-of:' .. who[1], conversation)
end
redis.call('DEL', shard .. 'conversations-of:' .. who[2])
redis.call('SADD', shard .. 'merged-into:' .. who[1], who[2])
mark_changed(shard, who[1])
mark_changed(shard, who[2])
return {'ok', written, head}
