-- What is live, of several bots whose first shards are on one server.
-- KEYS: one of them. ARGV: the first shards.
-- Returns of each: number and digest of the live revision; '' if it has a draft alone, nil if it has neither.
local answer = {}
for place, shard in ipairs(ARGV) do
    local live = redis.call('GET', shard .. 'live')
    if live then
        answer[place] = live .. ' ' .. (redis.call('HGET', shard .. 'revision:' .. live, 'digest') or '')
    else
        answer[place] = redis.call('EXISTS', shard .. 'draft') == 1 and ''
    end
end
return answer
