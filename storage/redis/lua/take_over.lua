-- A worker's sign of life, and the replies of workers that gave none.
-- KEYS: one of the shards. ARGV: worker, lease in ms, how many replies may be taken over, 1 if also those of a worker
-- whose lease ran out; else only of one that left; the newest forms that the worker reads (`storage/port.py`); shards.
-- Returns of each: {1 if the worker was alive for the others all the time, how many replies were taken over, how many people
-- were erased so far, the newest forms that every worker reads}.
local worker, most, taken = ARGV[1], tonumber(ARGV[3]), 0
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function of_shard(shard)
    local before = redis.call('ZSCORE', shard .. 'workers', worker)
    local steady = (before and tonumber(before) >= now) and 1 or 0
    local taken_here = 0
    redis.call('ZADD', shard .. 'workers', now + ARGV[2], worker)
    redis.call('SADD', shard .. 'senders', worker)
    if redis.call('HGET', shard .. 'forms', worker) ~= ARGV[5] then
        redis.call('HSET', shard .. 'forms', worker, ARGV[5])
    end

    local function read_by_all()
        for _, name in ipairs(redis.call('HKEYS', shard .. 'forms')) do
            if not redis.call('ZSCORE', shard .. 'workers', name) then
                redis.call('HDEL', shard .. 'forms', name)
            end
        end
        return forms_of_all(shard, tonumber(ARGV[5]))
    end

    -- The replies of one conversation have one sender, so they go over together.
    local function take(sender)
        for _, member in ipairs(redis.call('ZRANGE', shard .. 'sending:' .. sender, 0, most - 1)) do
            local conversation = string.match(member, '^%d+ (.*)$')
            local of_conversation = shard .. 'conversation:' .. conversation
            if redis.call('HGET', of_conversation, 'owner') == sender then
                settle_push(shard, conversation)
            end
            local standing = redis.call('HMGET', of_conversation, 'owner', 'waiting')
            if standing[1] == sender and standing[2] ~= '' then
                for number in string.gmatch(standing[2], '%d+') do
                    redis.call('ZREM', shard .. 'sending:' .. sender, number .. ' ' .. conversation)
                    redis.call('ZADD', shard .. 'sending:' .. worker, number, number .. ' ' .. conversation)
                    taken, taken_here = taken + 1, taken_here + 1
                end
                local first = string.match(standing[2], '^%d+')
                redis.call('HSET', of_conversation, 'owner', worker, 'in-doubt', first)
            end
            if taken >= most then
                return
            end
        end
        if redis.call('ZCARD', shard .. 'sending:' .. sender) == 0 then
            redis.call('SREM', shard .. 'senders', sender)
            redis.call('ZREM', shard .. 'workers', sender)
        end
    end

    for _, sender in ipairs(redis.call('SMEMBERS', shard .. 'senders')) do
        local alive_until = redis.call('ZSCORE', shard .. 'workers', sender)
        local is_gone = not alive_until or (ARGV[4] == '1' and tonumber(alive_until) < now)
        if sender ~= worker and is_gone and taken < most then
            take(sender)
        end
    end
    return {steady, taken_here, tonumber(redis.call('HGET', shard .. 'meta', 'erasures') or '0'), read_by_all()}
end

return each_shard(5, of_shard)
