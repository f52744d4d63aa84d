-- A contact as staff has it.
-- KEYS: the shard. ARGV: contact, its expected version (0: none yet), record, '1' if nobody else may have the address;
-- then four lists, each headed by its length: new accounts; lost accounts; new handles; lost handles (see _people).
-- Returns: {'ok', number in the shard, seen or false}, {'stale'}, {'taken', what, the contact or its number}, {'erased'}.
local shard, contact = KEYS[1], ARGV[1]
local of_contact = shard .. 'contact:' .. contact
local person = redis.call('HMGET', of_contact, 'version', 'number', 'gone', 'seen')
if (person[1] or '0') ~= ARGV[2] or person[3] then
    return {'stale'}
end
local accounts = 5
local lost_accounts = accounts + 1 + ARGV[accounts]
local handles = lost_accounts + 1 + ARGV[lost_accounts]
local lost = handles + 1 + 3 * ARGV[handles]
for place = accounts + 1, lost_accounts - 1 do
    local whose = redis.call('HGET', shard .. 'identities', ARGV[place])
    if whose and whose ~= contact then
        return {'taken', 'account ' .. ARGV[place], whose}
    end
end
for place = handles + 1, lost - 1, 3 do
    local kind, key = ARGV[place], ARGV[place + 1]
    if kind == 'external_id' or kind == 'aad' or (kind == 'email' and ARGV[4] == '1') then
        local known = redis.call('HGET', shard .. 'handles:' .. kind, key) or ''
        for whose in string.gmatch(known, '%d+') do
            if whose ~= person[2] then
                return {'taken', kind .. ' ' .. key, redis.call('HGET', shard .. 'numbers', whose)}
            end
        end
    end
    if redis.call('SISMEMBER', shard .. 'erased', ARGV[place + 2]) == 1 then
        return {'erased'}
    end
end
local number = person[2] or new_number(shard, contact)
change_handles(shard, number, handles)
for place = lost_accounts + 1, handles - 1 do
    redis.call('HDEL', shard .. 'identities', ARGV[place])
end
for place = accounts + 1, lost_accounts - 1 do
    redis.call('HSET', shard .. 'identities', ARGV[place], contact)
end
redis.call('HSET', of_contact, 'version', ARGV[2] + 1, 'record', ARGV[3], 'number', number)
if not person[1] then
    redis.call('HSET', of_contact, 'since', next_microsecond(shard))
end
mark_changed(shard, contact)
return {'ok', tonumber(number), person[4]}
