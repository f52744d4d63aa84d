-- One change that comes from staff.
-- KEYS: the shard. ARGV: contact, then the change (seven words, see _ledger).
-- What is remembered of the ledger comes last (see _memory).
-- Returns: {'ok', number of the row, its hash}, {'unknown'}, {'stale', what} or {'lost'}.
local shard, contact = KEYS[1], ARGV[1]
local of_contact = shard .. 'contact:' .. contact
local person = person_before(of_contact, 2, 1)
if not person[1] then
    return {'unknown'}
end
if changed_meanwhile(person, 2, 1) then
    return {'stale', 'membership of ' .. contact .. ' in ' .. ARGV[2]}
end
local fields = {'version', person[1] + 1}
local number, head = end_of_ledger(shard)
if not number then
    return {'lost'}
end
local times = act_times(of_contact)
number, head = append_ledger(
    shard, contact, person[2], person[3] or '0', number, head, 2, 1, fields, person[4], times
)
times.write_into(fields)
redis.call('HSET', shard .. 'meta', 'ledger', number, 'head', head)
redis.call('HSET', of_contact, unpack(fields))
return {'ok', number, head}
