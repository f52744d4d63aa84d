-- How a reply stands now.
-- KEYS: the shard. ARGV: worker, conversation, number of the reply, status, record, the last number that the worker
-- was told of, the most replies to return, 1 if it may have come twice, when it was queued.
-- Returns: {'ok', 1 if others wait, number and record of those after the last told} or {'taken over', number of the
-- shard's last reply}.
local shard, worker, conversation, number, status, record = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local of_conversation = shard .. 'conversation:' .. conversation
local replies = shard .. 'replies:' .. conversation
local standing = redis.call('HMGET', of_conversation, 'owner', 'waiting')
local owner, waiting = standing[1], standing[2] or ''
local left = without(waiting, number)
local is_mine = owner == worker

-- Sent by a worker that it was taken from: whoever has it now need not send it again.
if left and (is_mine or status == 'delivered') then
    redis.call('HSET', replies, number, record)
    if status ~= 'pending' then
        redis.call('ZREM', shard .. 'sending:' .. owner, number .. ' ' .. conversation)
        redis.call('HSET', of_conversation, 'waiting', left)
        waiting = left
        if status == 'failed' then
            redis.call('HINCRBY', of_conversation, 'failed', 1)
            redis.call(
                'ZADD', shard .. 'ended-replies', ARGV[9], redis.call('HGET', of_conversation, 'number') .. ' ' .. number
            )
        end
    end
end
-- Sent once more by a worker that did not know that it had come: its doubt stays on record.
if not left and status == 'delivered' and ARGV[8] == '1' and redis.call('HEXISTS', replies, number) == 1 then
    redis.call('HSET', replies, number, record)
end
if not is_mine then
    return {'taken over', redis.call('HGET', shard .. 'meta', 'reply') or '0'}
end
local answer = {'ok', waiting == '' and 0 or 1}
local told = tonumber(ARGV[6])
for other in string.gmatch(waiting, '%d+') do
    if tonumber(other) > told and #answer < 2 + 2 * ARGV[7] then
        answer[#answer + 1] = other
        answer[#answer + 1] = redis.call('HGET', replies, other)
    end
end
return answer
