-- What became of a push that was sending, or unknown.
-- KEYS: the shard. ARGV: worker, run, number in the shard, state, reason, until in ms or 0, sent in ms or 0, what the channel calls it,
-- conversation, the last number of it that the worker was told of, the most replies to return, 1 if only one
-- that is sending and that this worker claimed, then the states that it may be in.
-- Returns: {'none'} when it was no push of the worker's, or {1 if others wait there, number and record of those after the last told}.
local shard, worker, run, number, conversation = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[9]
local before, push = read_push(shard, run, number), read_push(shard, run, number)
local may = false
for place = 13, #ARGV do
    may = may or (before and before.state == ARGV[place])
end
local claimed = redis.call('HMGET', shard .. 'conversation:' .. conversation, 'push', 'owner')
local was_sending = string.match(claimed[1] or '', '^%d+ %d+ (.*)$') == number .. ' ' .. run
if ARGV[12] == '1' then
    may = may and was_sending and before.state == 'sending' and claimed[2] == worker
end
if may then
    push.state, push.reason, push['until'] = ARGV[4], ARGV[5], tonumber(ARGV[6])
    push.sent, push.ids = tonumber(ARGV[7]), push.conversation ~= 0 and ARGV[8] or ''  -- 0: the person was erased
    write_push(shard, run, number, before, push)
end
if not was_sending or not may then
    return {'none'}
end
leave_lane(shard, conversation)
local standing = redis.call('HMGET', shard .. 'conversation:' .. conversation, 'owner', 'waiting')
if standing[1] ~= worker then
    return {'none'}
end
local answer = {standing[2] == '' and 0 or 1}
for other in string.gmatch(standing[2] or '', '%d+') do
    if tonumber(other) > tonumber(ARGV[10]) and #answer < 1 + 2 * ARGV[11] then
        answer[#answer + 1] = other
        answer[#answer + 1] = redis.call('HGET', shard .. 'replies:' .. conversation, other)
    end
end
return answer
