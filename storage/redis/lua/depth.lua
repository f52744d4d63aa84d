-- How many replies wait, and the oldest of each sender.
-- KEYS: one of the shards. ARGV: shards. Returns of each: {how many, records}.
local function of_shard(shard)
    local answer = {0}
    for _, sender in ipairs(redis.call('SMEMBERS', shard .. 'senders')) do
        local sending = shard .. 'sending:' .. sender
        answer[1] = answer[1] + redis.call('ZCARD', sending)
        local member = redis.call('ZRANGE', sending, 0, 0)[1]
        if member then
            local number, conversation = string.match(member, '^(%d+) (.*)$')
            answer[#answer + 1] = redis.call('HGET', shard .. 'replies:' .. conversation, number)
        end
    end
    return answer
end

return each_shard(0, of_shard)
