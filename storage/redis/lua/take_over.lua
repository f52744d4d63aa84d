-- A worker's sign of life, and the replies of workers that gave none.
-- KEYS: the shard. ARGV: worker, lease in ms, how many replies may be taken over (0: none).
-- Returns: {1 if the worker was alive for the others all the time, how many replies were taken over}.
local shard, worker, most = KEYS[1], ARGV[1], tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local before = redis.call('ZSCORE', shard .. 'workers', worker)
redis.call('ZADD', shard .. 'workers', now + ARGV[2], worker)
local steady = (before and tonumber(before) >= now) and 1 or 0
local taken = 0
if most == 0 or not redis.call('HGET', shard .. 'meta', 'group') then
    return {steady, taken}
end

-- A worker's replies are all those of each of its conversations, so they go over conversation by conversation.
local function take(consumer)
    for _, entry in ipairs(redis.call('XPENDING', shard .. 'outbox', 'senders', '-', '+', most, consumer)) do
        local found = redis.call('XRANGE', shard .. 'outbox', entry[1], entry[1])[1]
        local conversation = found and found[2][2]
        local of_conversation = conversation and shard .. 'conversation:' .. conversation
        if conversation and redis.call('HGET', of_conversation, 'owner') ~= worker then
            local waiting = redis.call('LRANGE', shard .. 'lane:' .. conversation, 0, -1)
            for _, number in ipairs(waiting) do
                redis.call('XCLAIM', shard .. 'outbox', 'senders', worker, 0, number .. '-0', 'FORCE', 'JUSTID')
            end
            redis.call('HSET', of_conversation, 'owner', worker, 'in-doubt', waiting[1])
            taken = taken + #waiting
        end
        if taken >= most then
            return
        end
    end
end

for _, summary in ipairs(redis.call('XPENDING', shard .. 'outbox', 'senders')[4] or {}) do
    local consumer = summary[1]
    local alive_until = redis.call('ZSCORE', shard .. 'workers', consumer)
    if consumer ~= worker and taken < most and (not alive_until or tonumber(alive_until) < now) then
        take(consumer)
    end
end
for _, gone in ipairs(redis.call('ZRANGE', shard .. 'workers', '-inf', now - 10 * ARGV[2], 'BYSCORE')) do
    redis.call('ZREM', shard .. 'workers', gone)
    local left = redis.call('XPENDING', shard .. 'outbox', 'senders', '-', '+', 1, gone)
    if #left == 0 then
        redis.call('XGROUP', 'DELCONSUMER', shard .. 'outbox', 'senders', gone)
    end
end
return {steady, taken}
