-- Takes away all that tells of a person. What was looked at must still be so: every check comes before the first write.
-- KEYS: the shard.
-- ARGV: contact, its expected version, its blank record, how many conversations it has; then lists, each headed by its
-- length: conversations to empty (key, expected version, new key, blank state); turns (key now, number, record, digest of the one before);
-- accounts; timers; ignored messages; digests of evidence; handles, headed by a list that is empty (see _people).
-- Returns: {'stale'} or {'ok', 1 if that is to be put on record, turns, conversations, replies, ledger rows}: also those
-- of an attempt before, of which there is no audit row yet.
local shard, contact = KEYS[1], ARGV[1]
local of_contact = shard .. 'contact:' .. contact
local person = redis.call('HMGET', of_contact, 'version', 'record', 'last-row', 'erased', 'number')

local talks = 5
local turns = talks + 1 + 4 * ARGV[talks]
local accounts = turns + 1 + 4 * ARGV[turns]
local timers = accounts + 1 + ARGV[accounts]
local ignored = timers + 1 + ARGV[timers]
local evidence = ignored + 1 + ARGV[ignored]
local handles = evidence + 1 + ARGV[evidence]

-- Checks.
if person[1] ~= ARGV[2] or redis.call('SCARD', shard .. 'conversations-of:' .. contact) ~= tonumber(ARGV[4]) then
    return {'stale'}
end
for place = talks + 1, turns - 1, 4 do
    local of_conversation = shard .. 'conversation:' .. ARGV[place]
    if redis.call('HGET', of_conversation, 'version') ~= ARGV[place + 1] then
        return {'stale'}
    end
end

-- Ids of events, replies, and the conversation's key wherever it stands.
local function empty(key, name, state)
    local of_conversation = shard .. 'conversation:' .. key
    local standing = redis.call(
        'HMGET', of_conversation, 'version', 'turns', 'number', 'owner', 'waiting', 'link', 'pruned'
    )
    for number in string.gmatch(standing[5] or '', '%d+') do
        redis.call('ZREM', shard .. 'sending:' .. standing[4], number .. ' ' .. key)
    end
    local replies = redis.call('HLEN', shard .. 'replies:' .. key)
    redis.call('DEL', shard .. 'replies:' .. key, of_conversation)
    if redis.call('EXISTS', shard .. 'journal:' .. key) == 1 then
        redis.call('RENAME', shard .. 'journal:' .. key, shard .. 'journal:' .. name)
    end
    local number = number_of(shard, name, standing[3])
    for turn = 1, tonumber(standing[2] or '0') do
        local event = redis.call('HGET', shard .. 'turn-events', number .. ' ' .. turn)
        if event then
            redis.call('HDEL', shard .. 'seen', event)
            redis.call('HDEL', shard .. 'fingerprints', event)
            redis.call('HDEL', shard .. 'turn-events', number .. ' ' .. turn)
        end
    end
    redis.call(
        'HSET', shard .. 'conversation:' .. name, 'version', standing[1] + 1, 'state', state, 'contact', contact,
        'turns', standing[2] or '0', 'number', number
    )
    for place, field in pairs({[6] = 'link', [7] = 'pruned'}) do
        if standing[place] then
            redis.call('HSET', shard .. 'conversation:' .. name, field, standing[place])
        end
    end
    redis.call('HSET', shard .. 'conversation-keys', number, name)
    redis.call('ZREM', shard .. 'conversations', key)
    redis.call('ZADD', shard .. 'conversations', 0, name)
    redis.call('SREM', shard .. 'conversations-of:' .. contact, key)
    redis.call('SADD', shard .. 'conversations-of:' .. contact, name)
    return replies
end

-- The personal parts of ledger rows; each row names the contact's row before it.
local function forget_personal(row)
    local gone = 0
    while row > 0 do
        gone = gone + redis.call('HDEL', shard .. 'ledger-personal', row)
        local fields = redis.call('XRANGE', shard .. 'ledger', row .. '-0', row .. '-0')[1][2]
        for place = 1, #fields, 2 do
            if fields[place] == 'previous' then
                row = tonumber(fields[place + 1])
            end
        end
    end
    return gone
end

local gone = {tonumber(ARGV[turns]), tonumber(ARGV[talks]), 0, 0}
for place = talks + 1, turns - 1, 4 do
    gone[3] = gone[3] + empty(ARGV[place], ARGV[place + 2], ARGV[place + 3])
end
for place = turns + 1, accounts - 1, 4 do
    redis.call('HSET', shard .. 'journal:' .. ARGV[place], ARGV[place + 1], ARGV[place + 2])
    local number = redis.call('HGET', shard .. 'conversation:' .. ARGV[place], 'number')
    keep_digest(shard, number, ARGV[place + 1], ARGV[place + 3])
end
for place = accounts + 1, timers - 1 do
    if redis.call('HGET', shard .. 'identities', ARGV[place]) == contact then
        redis.call('HDEL', shard .. 'identities', ARGV[place])
    end
end
for place = timers + 1, ignored - 1 do
    redis.call('ZREM', shard .. 'timers', ARGV[place])
    redis.call('HDEL', shard .. 'timer-conversations', ARGV[place])
    redis.call('HDEL', shard .. 'timer-workers', ARGV[place])
end
for place = ignored + 1, evidence - 1 do
    redis.call('XDEL', shard .. 'ignored', ARGV[place])
    redis.call('HDEL', shard .. 'ignored-texts', ARGV[place])
end
forget_evidence(shard, evidence)
change_handles(shard, person[5], handles)
gone[4] = forget_personal(tonumber(person[3] or '0'))

-- Counted until it is on record who did it.
local did = person[2] ~= ARGV[3] or gone[2] > 0 or gone[4] > 0
local before = person[4] or '0 0 0 0'
local place = 1
for count in string.gmatch(before, '%d+') do
    gone[place] = gone[place] + count
    place = place + 1
end
if did then
    redis.call('HINCRBY', shard .. 'meta', 'erasures', 1)
    redis.call(
        'HSET', of_contact, 'version', ARGV[2] + 1, 'record', ARGV[3], 'erased', table.concat(gone, ' '), 'gone', 1
    )
    mark_changed(shard, contact)
end
return {'ok', (did or person[4]) and 1 or 0, unpack(gone)}
