-- All that one turn needs, at one moment.
-- KEYS: the shard. ARGV: conversation, account, event, digest of the evidence or '', digest of the account.
-- Returns: live revision, version and record of the state, contact, fields of the contact, evidence, answer and fingerprint if seen, what
-- rows without times lowered (see _act_times), or the erasure of the person whose account it was.
local shard = KEYS[1]
local contact = redis.call('HGET', shard .. 'identities', ARGV[2])
local fields = contact and redis.call('HGETALL', shard .. 'contact:' .. contact)
local lowered = fields and lowered_by_rows(shard, fields)
if not contact then
    local erased = redis.call('HGET', shard .. 'erased-times', ARGV[5])
    lowered = erased and {'*', erased}
end
local state = redis.call('HMGET', shard .. 'conversation:' .. ARGV[1], 'version', 'state')
return {
    redis.call('GET', shard .. 'live'),
    state[1],
    state[2],
    contact,
    fields,
    ARGV[4] ~= '' and redis.call('HGET', shard .. 'evidence', ARGV[4]),
    redis.call('HGET', shard .. 'seen', ARGV[3]),
    redis.call('HGET', shard .. 'fingerprints', ARGV[3]),
    lowered or {},
}
