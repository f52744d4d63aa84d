-- The last row of the ledger, and the losses on record (see _memory).
-- KEYS: one of the shards. ARGV: shards.
-- Returns of each: {id and hash of the row, or '' twice; name and record of each loss}.
return each_shard(0, function(shard)
    local answer = {'', ''}
    local last = redis.call('XREVRANGE', shard .. 'ledger', '+', '-', 'COUNT', 1)[1]
    if last then
        answer[1] = last[1]
        for place = 1, #last[2], 2 do
            if last[2][place] == 'hash' then
                answer[2] = last[2][place + 1]
            end
        end
    end
    for _, word in ipairs(redis.call('HGETALL', shard .. 'losses')) do
        answer[#answer + 1] = word
    end
    return answer
end)
