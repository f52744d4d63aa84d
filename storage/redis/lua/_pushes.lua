-- Pushes of a shard, by run and by the contact's number in the shard; 128 to a hash, which Redis keeps packed. Other scripts
-- are joined to this text. Counters are fields of the run: 'n sending ', 'n skipped opted out'.

local PUSH_STATES = {'deferred', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown', 'skipped'}
local PUSH_CODES = {}
for code, state in ipairs(PUSH_STATES) do
    PUSH_CODES[state] = code
end
-- In this order. Times after `due` are milliseconds after it, 0 for none; of `kind`, see kind_of_push.
local PUSH_FIELDS = {
    'state', 'attempts', 'claims', 'kind', 'due', 'until', 'claimed', 'sent', 'delivered', 'read', 'conversation',
    'subject_row', 'everything_row', 'reason', 'ids',
}
local PUSH_TIMES = {['until'] = true, claimed = true, sent = true, delivered = true, read = true}

local function push_key(shard, run, number)
    return string.format('%spushes:%.0f:%s', shard, math.floor(number / 128), run)
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
            push[name] = push[name] + values[5]
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

-- Keeps a push that was `before`, or nil, with the counters that follow.
local function write_push(shard, run, number, before, push)
    local values = {}
    for place, name in ipairs(PUSH_FIELDS) do
        values[place] = push[name] or 0
        if PUSH_TIMES[name] and values[place] ~= 0 then
            values[place] = values[place] - push.due
        end
    end
    values[1] = PUSH_CODES[push.state]
    redis.call('HSET', push_key(shard, run, number), number, cmsgpack.pack(values))
    if before then
        count_push(shard, run, before, -1)
    end
    count_push(shard, run, push, 1)
    if push.state == 'deferred' then
        redis.call('ZADD', shard .. 'deferred:' .. run, push['until'], number)
        redis.call('SADD', shard .. 'runs-deferred', run)
    elseif before and before.state == 'deferred' then
        redis.call('ZREM', shard .. 'deferred:' .. run, number)
    end
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
