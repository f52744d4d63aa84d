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
local last, head = end_of_ledger(shard)
if not last then
    return {'lost'}
end
local written = 0
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
