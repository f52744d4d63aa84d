-- Pending replies: one worker's, or all.
-- KEYS: the shard. ARGV: worker or '', number to read after, most.
-- Returns: {number, conversation, record, 1 if its last worker may have sent it} of each, in order.
local shard, worker, after, most = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local senders = worker ~= '' and {worker} or redis.call('SMEMBERS', shard .. 'senders')
local members = {}
for _, sender in ipairs(senders) do
    local held = redis.call('ZRANGE', shard .. 'sending:' .. sender, '(' .. after, '+inf', 'BYSCORE', 'LIMIT', 0, most)
    for _, member in ipairs(held) do
        local number, conversation = string.match(member, '^(%d+) (.*)$')
        members[#members + 1] = {tonumber(number), conversation}
    end
end
table.sort(members, function(one, other) return one[1] < other[1] end)
local answer = {}
for place = 1, math.min(#members, most) do
    local number, conversation = members[place][1], members[place][2]
    local in_doubt = redis.call('HGET', shard .. 'conversation:' .. conversation, 'in-doubt')
    local record = redis.call('HGET', shard .. 'replies:' .. conversation, number)
    answer[place] = {number, conversation, record, tonumber(in_doubt or '0') == number and 1 or 0}
end
return answer
