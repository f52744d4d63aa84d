-- How a reply stands now.
-- KEYS: the shard. ARGV: worker, conversation, number of the reply, status, record, the last number that the worker
-- was told of, the most replies to return.
-- Returns: {'ok', how many wait now, number and record of those after the last told} or {'taken over'}.
local shard, worker, conversation, number, status, record = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local of_conversation = shard .. 'conversation:' .. conversation
local replies, lane = shard .. 'replies:' .. conversation, shard .. 'lane:' .. conversation
local waits = redis.call('LPOS', lane, number)

if redis.call('HGET', of_conversation, 'owner') ~= worker then
    -- Sent all the same: whoever has it now need not send it again.
    if waits and status == 'delivered' then
        redis.call('HSET', replies, number, record)
        end_reply(shard, conversation, number)
    end
    return {'taken over'}
end
if waits then
    redis.call('HSET', replies, number, record)
    if status ~= 'pending' then
        end_reply(shard, conversation, number)
        if status == 'failed' then
            redis.call('HINCRBY', of_conversation, 'failed', 1)
        end
    end
end
local answer = {'ok', redis.call('LLEN', lane)}
if answer[2] > 0 then
    local told = tonumber(ARGV[6])
    for _, waiting in ipairs(redis.call('LRANGE', lane, 0, -1)) do
        if tonumber(waiting) > told and #answer < 2 + 2 * ARGV[7] then
            answer[#answer + 1] = waiting
            answer[#answer + 1] = redis.call('HGET', replies, waiting)
        end
    end
end
return answer
