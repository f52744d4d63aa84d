-- One change that comes from staff.
-- KEYS: the shard. ARGV: contact, then the change (six words, see _ledger).
-- Returns: {'ok', number of the row}, {'unknown'} or {'stale', what}.
local shard, contact = KEYS[1], ARGV[1]
local of_contact = shard .. 'contact:' .. contact
local person = redis.call('HMGET', of_contact, 'version', 'since')
if not person[1] then
    return {'unknown'}
end
if changed_meanwhile(shard, contact, 2, 1) then
    return {'stale', 'membership of ' .. contact .. ' in ' .. ARGV[2]}
end
local fields = {'version', person[1] + 1}
local number = append_ledger(shard, contact, person[2], 2, 1, fields)
redis.call('HSET', of_contact, unpack(fields))
return {'ok', number}
