-- Pushes of a shard, by run and by the contact's number in the shard; 32 to a hash, which Redis keeps packed. Other scripts
-- are joined to this text. Counters are fields of the run: 'n sending ', 'n skipped opted out'.

local PUSH_STATES = {'deferred', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown', 'skipped'}
local PUSH_CODES = {}
for code, state in ipairs(PUSH_STATES) do
    PUSH_CODES[state] = code
end
-- In this order. Times after `due` are milliseconds after it, from 1 on, or before it; 0 for none; of `kind`, see kind_of_push.
local PUSH_FIELDS = {
    'state', 'attempts', 'claims', 'kind', 'due', 'until', 'claimed', 'sent', 'delivered', 'read', 'conversation',
    'subject_row', 'everything_row', 'reason', 'ids',
}
local PUSH_TIMES = {['until'] = true, claimed = true, sent = true, delivered = true, read = true}

local function push_key(shard, run, number)
    return string.format('%spushes:%.0f:%s', shard, math.floor(number / 32), run)
end

local function read_push(shard, run, number)
    local packed = redis.call('HGET', push_key(shard, run, number), number)
    if not packed then
        return nil
    end
    local values, push = cmsgpack.unpack(packed), {}
    for place, name in ipairs(PUSH_FIELDS) do
        push[name] = values[place]
        if PUSH_TIMES[name] and push[name] ~= 0 then
            push[name] = push[name] + values[5] - (push[name] > 0 and 1 or 0)
        end
    end
    push.state = PUSH_STATES[push.state]
    return push
end

local function count_push(shard, run, push, change)
    local field = 'n ' .. push.state .. ' ' .. (string.match(push.reason, '^[^:]*') or '')
    if redis.call('HINCRBY', shard .. 'run:' .. run, field, change) == 0 then
        redis.call('HDEL', shard .. 'run:' .. run, field)
    end
end

-- Keeps a push that was `before`, or nil.
local function keep_push(shard, run, number, before, push)
    local values = {}
    for place, name in ipairs(PUSH_FIELDS) do
        values[place] = push[name] or 0
        if PUSH_TIMES[name] and values[place] ~= 0 then
            local after = values[place] - push.due
            values[place] = after < 0 and after or after + 1
        end
    end
    values[1] = PUSH_CODES[push.state]
    redis.call('HSET', push_key(shard, run, number), number, cmsgpack.pack(values))
    if push.state == 'deferred' then
        redis.call('ZADD', shard .. 'deferred:' .. run, push['until'], number)
        redis.call('SADD', shard .. 'runs-deferred', run)
    elseif before and before.state == 'deferred' then
        redis.call('ZREM', shard .. 'deferred:' .. run, number)
    end
end

-- The same with the counters that follow.
local function write_push(shard, run, number, before, push)
    keep_push(shard, run, number, before, push)
    if before then
        count_push(shard, run, before, -1)
    end
    count_push(shard, run, push, 1)
end

-- The number of what many pushes of a run have in common: JSON.
local function kind_of_push(shard, text)
    local known = redis.call('HGET', shard .. 'push-kinds', text)
    if known then
        return tonumber(known)
    end
    local number = redis.call('HINCRBY', shard .. 'meta', 'push-kinds', 1)
    redis.call('HSET', shard .. 'push-kinds', text, number)
    redis.call('HSET', shard .. 'push-kind-texts', number, text)
    return number
end

local ATTEMPTED = {sending = true, sent = true, delivered = true, read = true, unknown = true}

-- The numbers of a contact, and of those that it took over, in the shard.
local function numbers_of(shard, contact, number, found)
    found = found or {}
    found[#found + 1] = number
    for _, other in ipairs(redis.call('SMEMBERS', shard .. 'merged-into:' .. contact)) do
        local their = redis.call('HGET', shard .. 'contact:' .. other, 'number')
        if their then
            numbers_of(shard, other, their, found)
        end
    end
    return found
end

-- Whether a contact, or one that it took over, has a push of a family that may have come. Their own of the run `known` is not
-- asked for; nil: all are.
local function has_push_of(shard, family, contact, number, known)
    local numbers = numbers_of(shard, contact, number)
    for _, run in ipairs(redis.call('SMEMBERS', shard .. 'family:' .. family)) do
        for _, own in ipairs(numbers) do
            local push = (run ~= known or own ~= number) and read_push(shard, run, own)
            if push and ATTEMPTED[push.state] then
                return true
            end
        end
    end
    return false
end

-- Takes the messages of the push that is being sent in a conversation out of its lane.
local function leave_lane(shard, conversation)
    local of_conversation = shard .. 'conversation:' .. conversation
    local lane = redis.call('HMGET', of_conversation, 'push', 'owner', 'waiting')
    if not lane[1] then
        return
    end
    local first, last = string.match(lane[1], '^(%d+) (%d+) ')
    local left = {}
    for reply in string.gmatch(lane[3] or '', '%d+') do
        if tonumber(reply) >= tonumber(first) and tonumber(reply) <= tonumber(last) then
            redis.call('HDEL', shard .. 'replies:' .. conversation, reply)
            redis.call('ZREM', shard .. 'sending:' .. lane[2], reply .. ' ' .. conversation)
        else
            left[#left + 1] = reply
        end
    end
    redis.call('HSET', of_conversation, 'waiting', table.concat(left, ' '))
    redis.call('HDEL', of_conversation, 'push')
end

-- Makes the push unknown that a worker which is gone was sending in a conversation: it is not sent again.
local function settle_push(shard, conversation)
    local push = redis.call('HGET', shard .. 'conversation:' .. conversation, 'push')
    if push then
        local number, run = string.match(push, '^%d+ %d+ (%d+) (.*)$')
        local before, after = read_push(shard, run, number), read_push(shard, run, number)
        leave_lane(shard, conversation)
        if before and before.state == 'sending' then
            after.state, after.reason = 'unknown', ''
            write_push(shard, run, number, before, after)
        end
    end
end
