-- Numbers that rise with what is written, of several shards on one server.
-- KEYS: one of them. ARGV: the shards.
-- Returns of each: one text that differs once its people, memberships or segments changed, one that does once its flow
-- did.
local answer = {}
for _, shard in ipairs(ARGV) do
    local meta = redis.call('HMGET', shard .. 'meta', 'changes', 'ledger', 'segments')
    answer[#answer + 1] = (meta[1] or '') .. ' ' .. (meta[2] or '') .. ' ' .. (meta[3] or '')
    local live = redis.call('GET', shard .. 'live') or ''
    answer[#answer + 1] = live .. ' ' .. (redis.call('HGET', shard .. 'draft', 'version') or '')
end
return answer
