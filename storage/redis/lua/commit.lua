-- One turn, whole or not at all: every check comes before the first write.
-- KEYS: the shard.
-- ARGV: worker, conversation, event, answer ('' or '+text'), expected version of the state, of the contact, contact,
-- state, contact's record or '', journal entry, time in ms; 0 if the shard knows the worker's lease, else its
-- lease in ms, or -1 without one; when the person acted, in ms, '' if it was not the person, or '-' if followers are to
-- hear of it all the same; fingerprint of the
-- event; what the turn's link is made over (see _talks); then ten lists, each headed by its length: consent as the turn knew
-- it (see _act_times); new accounts; lost accounts; consent changes (seven words each, see _ledger);
-- replies; other effects (three words each); subjects that were lowered although nothing changed (subject, ms each), and
-- raised; new handles; lost handles (see _people); what was decided of a push: nothing, or run, epoch ('' for a step of a
-- sequence), attempt, state, reason, until in ms or 0, due in ms, subject, what it has in common with others as JSON. What is remembered of the ledger comes last (see _memory).
-- Returns: {'ok', number of the first ledger row, number of the first reply, number of the last reply that waited before
-- (0: none did), or -1 if the replies are another worker's to send, how often evidence was erased, number of the last
-- ledger row, its hash} or {'seen', answer, fingerprint} or {'stale', what} or {'lost'}, or of a
-- push {'stopped'}, {'again'} when this is not its next attempt or they have it, {'busy'}.
local shard, worker, conversation, event, answer = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local contact, at = ARGV[7], ARGV[11]
local of_conversation = shard .. 'conversation:' .. conversation
local of_contact = shard .. 'contact:' .. contact

local known = 16
local new_accounts = known + 1 + math.max(ARGV[known], 0)
local lost_accounts = new_accounts + 1 + ARGV[new_accounts]
local changes = lost_accounts + 1 + ARGV[lost_accounts]
local replies = changes + 1 + 7 * ARGV[changes]
local effects = replies + 1 + ARGV[replies]
local lowered = effects + 1 + 3 * ARGV[effects]
local raised = lowered + 1 + 2 * ARGV[lowered]
local handles = raised + 1 + 2 * ARGV[raised]
local lost = handles + 1 + 3 * ARGV[handles]
local push = lost + 1 + 2 * ARGV[lost]
local change_count, reply_count = tonumber(ARGV[changes]), tonumber(ARGV[replies])

-- Checks.
local answered = redis.call('HGET', shard .. 'seen', event)
if answered then
    return {'seen', answered, redis.call('HGET', shard .. 'fingerprints', event)}
end
local standing = redis.call('HMGET', of_conversation, 'version', 'turns', 'owner', 'waiting', 'number', 'contact', 'link')
if (standing[1] or '0') ~= ARGV[5] then
    return {'stale', 'conversation ' .. conversation}
end
local person = person_before(of_contact, changes + 1, change_count)
if (person[1] or '0') ~= ARGV[6] then
    return {'stale', 'contact ' .. contact}
end
for place = new_accounts + 1, lost_accounts - 1 do
    local whose = redis.call('HGET', shard .. 'identities', ARGV[place])
    if whose and whose ~= contact then
        return {'stale', 'contact of an account'}
    end
end
local changed = changed_meanwhile(person, changes + 1, change_count)
if changed then
    return {'stale', 'membership of ' .. contact .. ' in ' .. changed}
end
if person[1] and not is_as_known(shard, of_contact, known) then
    return {'stale', 'memberships of ' .. contact}
end

-- The push that the turn was taken for: its claim.
local push_before, push_rows
if ARGV[push] ~= '0' then
    local run, state = ARGV[push + 1], ARGV[push + 4]
    local is_step = ARGV[push + 2] == ''
    local of_run = redis.call('HMGET', shard .. 'run:' .. run, 'state', 'epoch', 'family')
    if not is_step and (of_run[1] ~= 'running' or of_run[2] ~= ARGV[push + 2]) then
        return {'stopped'}
    end
    if not person[4] then
        return {'stale', 'contact ' .. contact}
    end
    push_before = read_push(shard, run, person[4])
    local attempts = push_before and push_before.attempts or 0
    local is_open = not push_before or (push_before.state == 'deferred' and push_before['until'] <= tonumber(at))
    if not is_open or tonumber(ARGV[push + 3]) ~= attempts + 1 then
        return {'again'}
    end
    if state == 'sending' then
        if has_push_of(shard, of_run[3] or run, contact, person[4], run) then
            return {'again'}
        end
        if (standing[4] or '') ~= '' then
            return {'busy'}
        end
    end
    push_rows = redis.call('HMGET', of_contact, '=' .. ARGV[push + 8], '=*')
end

local row, head
if change_count > 0 then
    row, head = end_of_ledger(shard)
    if not row then
        return {'lost'}
    end
end

-- The person.
local meta = redis.call('HMGET', shard .. 'meta', 'ledger', 'head', 'reply', 'evidence-gone', 'changes')
local counted = {}
local first_row = 0
local fields = {}
local who = person[4]
if ARGV[9] ~= '' or change_count > 0 or ARGV[lowered] ~= '0' or ARGV[raised] ~= '0' then
    local times = act_times(of_contact)
    local since = person[2] or next_microsecond(shard)
    fields = {'version', ARGV[6] + 1, 'since', since}
    if not who then
        who = new_number(shard, contact)
        fields[5], fields[6] = 'number', who
    end
    if ARGV[9] ~= '' then
        fields[#fields + 1] = 'record'
        fields[#fields + 1] = ARGV[9]
    end
    if change_count > 0 then
        first_row = row + 1
        row, head = append_ledger(
            shard, contact, since, person[3] or '0', row, head, changes + 1, change_count, fields, who, times
        )
        counted = {'ledger', row, 'head', head}
    end
    for place = raised + 1, handles - 1, 2 do
        times.raise(ARGV[place], ARGV[place + 1])
    end
    for place = lowered + 1, raised - 1, 2 do
        times.lower(ARGV[place], ARGV[place + 1], 0)
    end
    local was_erased, erased_at = change_handles(shard, who, handles)
    if was_erased then
        fields[#fields + 1] = 'barred'
        fields[#fields + 1] = 1
    end
    if erased_at then
        times.lower('*', erased_at, 0)
    end
    times.write_into(fields)
end
if ARGV[13] ~= '' and ARGV[13] ~= '-' then
    fields[#fields + 1] = 'seen'
    fields[#fields + 1] = ARGV[13]
end
if #fields > 0 or ARGV[13] == '-' then
    local change = tonumber(meta[5] or '0') + 1
    if #fields > 0 then
        redis.call('HSET', of_contact, unpack(fields))
    end
    redis.call('ZADD', shard .. 'people', change, contact)
    counted[#counted + 1] = 'changes'
    counted[#counted + 1] = change
end
for place = lost_accounts + 1, changes - 1 do
    redis.call('HDEL', shard .. 'identities', ARGV[place])
end
for place = new_accounts + 1, lost_accounts - 1 do
    redis.call('HSET', shard .. 'identities', ARGV[place], contact)
end

-- The replies. Those of one conversation are sent by one worker, which holds them until the last has ended.
local first_reply = 0
local owner, waiting = standing[3] or '', standing[4] or ''
local waited = waiting == '' and 0 or tonumber(string.match(waiting, '%d+$'))
if reply_count > 0 then
    first_reply = tonumber(meta[3] or '0') + 1
    if waiting == '' then
        owner = worker
        redis.call('SADD', shard .. 'senders', worker)  -- a worker that comes back may have been struck off
    end
    local records, members = {}, {}
    for number = first_reply, first_reply + reply_count - 1 do
        records[#records + 1] = number
        records[#records + 1] = ARGV[replies + 1 + number - first_reply]
        members[#members + 1] = number
        members[#members + 1] = number .. ' ' .. conversation
        waiting = waiting == '' and tostring(number) or waiting .. ' ' .. number
    end
    redis.call('HSET', shard .. 'replies:' .. conversation, unpack(records))
    redis.call('ZADD', shard .. 'sending:' .. owner, unpack(members))
    counted[#counted + 1] = 'reply'
    counted[#counted + 1] = first_reply + reply_count - 1
    be_alive(shard, worker, tonumber(ARGV[12]))
end
if #counted > 0 then
    redis.call('HSET', shard .. 'meta', unpack(counted))
end

-- The conversation and its journal.
local turn = tonumber(standing[2] or '0') + 1
if not standing[1] then
    redis.call('ZADD', shard .. 'conversations', 0, conversation)
end
local talk = number_of(shard, conversation, standing[5])
redis.call(
    'HSET', of_conversation,
    'version', ARGV[5] + 1, 'state', ARGV[8], 'contact', contact, 'turns', turn, 'owner', owner, 'waiting', waiting,
    'link', chain_turn(shard, talk, standing[7], standing[2] or '0', turn, ARGV[15], '')
)
if ARGV[push] ~= '0' then
    local run, state = ARGV[push + 1], ARGV[push + 4]
    local kept = push_before and read_push(shard, run, who) or {claims = 0, due = tonumber(ARGV[push + 7])}
    kept.state, kept.reason, kept['until'] = state, ARGV[push + 5], tonumber(ARGV[push + 6])
    kept.attempts, kept.kind, kept.conversation = tonumber(ARGV[push + 3]), kind_of_push(shard, ARGV[push + 9]), tonumber(talk)
    kept.subject_row = tonumber(string.match(push_rows[1] or '', '%d+$') or '0')
    kept.everything_row = tonumber(string.match(push_rows[2] or '', '%d+$') or '0')
    kept.sent, kept.ids = 0, ''
    if state == 'sending' then
        kept.claims, kept.claimed = kept.claims + 1, tonumber(at)
        redis.call('ZADD', shard .. 'push-runs', 'GT', at, run)
        redis.call(
            'HSET', of_conversation, 'push',
            string.format('%.0f %.0f %s %s', first_reply, first_reply + reply_count - 1, who, run)
        )
    else
        redis.call('ZADD', shard .. 'push-runs', 'NX', 0, run)
    end
    write_push(shard, run, who, push_before, kept)
    if ARGV[push + 2] == '' then
        redis.call('SADD', shard .. 'family:' .. run, run)
    end
end
redis.call('HSET', shard .. 'seen', event, answer)
redis.call('HSET', shard .. 'fingerprints', event, ARGV[14])
redis.call('HSET', shard .. 'journal:' .. conversation, turn, ARGV[10])
if standing[6] ~= contact then
    if standing[6] then
        redis.call('SREM', shard .. 'conversations-of:' .. standing[6], conversation)
    end
    redis.call('SADD', shard .. 'conversations-of:' .. contact, conversation)
end
log_turn(shard, talk, turn, event, at, first_reply, reply_count)

-- Other effects.
for place = effects + 1, effects + 3 * ARGV[effects], 3 do
    local kind, name, value = ARGV[place], ARGV[place + 1], ARGV[place + 2]
    if kind == 'evidence' then
        redis.call('HSETNX', shard .. 'evidence', name, value)
    elseif kind == 'ignored' then
        keep_ignored(shard, talk, at, value)
    elseif kind == 'work' then
        add_work(shard, cmsgpack.unpack(value))
    elseif kind == 'start' then
        redis.call('ZADD', shard .. 'timers', value, name)
        redis.call('HSET', shard .. 'timer-conversations', name, conversation)
        redis.call('HDEL', shard .. 'timer-workers', name)
    else
        redis.call('ZREM', shard .. 'timers', name)
        redis.call('HDEL', shard .. 'timer-conversations', name)
        redis.call('HDEL', shard .. 'timer-workers', name)
    end
end
return {'ok', first_row, first_reply, owner == worker and waited or -1, tonumber(meta[4] or '0'), row or 0, head or ''}
