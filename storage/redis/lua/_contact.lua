-- Keeping a contact as staff has it. Other scripts are joined to this text, behind _people.

-- `at` is the place in ARGV of: contact, its expected version (0: none yet), record, '1' if nobody else may have the address;
-- then four lists, each headed by its length: new accounts; lost accounts; new handles; lost handles (see _people).
-- `keep` says whether it is done, or only looked at. Returns the place after these, and {'ok', number in the shard, seen or
-- false}, {'stale'}, {'taken', what, the contact or its number}, {'erased'}.
local function save_contact(shard, at, keep)
    local contact = ARGV[at]
    local of_contact = shard .. 'contact:' .. contact
    local person = redis.call('HMGET', of_contact, 'version', 'number', 'gone', 'seen')
    local accounts = at + 4
    local lost_accounts = accounts + 1 + ARGV[accounts]
    local handles = lost_accounts + 1 + ARGV[lost_accounts]
    local lost = handles + 1 + 3 * ARGV[handles]
    local after = lost + 1 + 2 * ARGV[lost]
    if (person[1] or '0') ~= ARGV[at + 1] or person[3] then
        return after, {'stale'}
    end
    for place = accounts + 1, lost_accounts - 1 do
        local whose = redis.call('HGET', shard .. 'identities', ARGV[place])
        if whose and whose ~= contact then
            return after, {'taken', 'account ' .. ARGV[place], whose}
        end
    end
    for place = handles + 1, lost - 1, 3 do
        local kind, key = ARGV[place], ARGV[place + 1]
        if kind == 'external_id' or kind == 'aad' or (kind == 'email' and ARGV[at + 3] == '1') then
            local known = redis.call('HGET', shard .. 'handles:' .. kind, key) or ''
            for whose in string.gmatch(known, '%d+') do
                if whose ~= person[2] then
                    return after, {'taken', kind .. ' ' .. key, redis.call('HGET', shard .. 'numbers', whose)}
                end
            end
        end
        if redis.call('SISMEMBER', shard .. 'erased', ARGV[place + 2]) == 1 then
            return after, {'erased'}
        end
    end
    if not keep then
        return after, {'ok'}
    end
    local number = person[2] or new_number(shard, contact)
    change_handles(shard, number, handles)
    for place = lost_accounts + 1, handles - 1 do
        redis.call('HDEL', shard .. 'identities', ARGV[place])
    end
    for place = accounts + 1, lost_accounts - 1 do
        redis.call('HSET', shard .. 'identities', ARGV[place], contact)
    end
    redis.call('HSET', of_contact, 'version', ARGV[at + 1] + 1, 'record', ARGV[at + 2], 'number', number)
    if not person[1] then
        redis.call('HSET', of_contact, 'since', next_microsecond(shard))
    end
    mark_changed(shard, contact)
    return after, {'ok', tonumber(number), person[4]}
end
