-- Pending replies: one worker's, or all.
-- KEYS: the shard. ARGV: worker or '', number to read after, most.
-- Returns: {number, conversation, record, 1 if its last worker may have sent it} of each.
local shard, worker, after, most = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local answer = {}
if not redis.call('HGET', shard .. 'meta', 'group') then
    return answer
end
local function add(id, conversation)
    local number = string.match(id, '^%d+')
    local record = redis.call('HGET', shard .. 'replies:' .. conversation, number)
    local in_doubt = redis.call('HGET', shard .. 'conversation:' .. conversation, 'in-doubt')
    answer[#answer + 1] = {tonumber(number), conversation, record, in_doubt == number and 1 or 0}
end
local from = (after + 1) .. '-0'
if worker == '' then
    for _, entry in ipairs(redis.call('XRANGE', shard .. 'outbox', from, '+', 'COUNT', most)) do
        add(entry[1], entry[2][2])
    end
else
    for _, held in ipairs(redis.call('XPENDING', shard .. 'outbox', 'senders', from, '+', most, worker)) do
        local entry = redis.call('XRANGE', shard .. 'outbox', held[1], held[1])[1]
        if entry then
            add(entry[1], entry[2][2])
        end
    end
end
return answer
