-- What was pushed to people lately, and whether of a family.
-- KEYS: the shard. ARGV: family, since in ms, numbers in the shard.
-- Returns of each: {1 if they have a push of the family, when others were claimed in ms, ...}.
local shard, answer = KEYS[1], {}
local recent = redis.call('ZRANGE', shard .. 'push-runs', ARGV[2], '+inf', 'BYSCORE')
for place = 3, #ARGV do
    local contact = redis.call('HGET', shard .. 'numbers', ARGV[place])
    local found = {contact and has_push_of(shard, ARGV[1], contact, ARGV[place]) and 1 or 0}
    for _, number in ipairs(contact and #recent > 0 and numbers_of(shard, contact, ARGV[place]) or {}) do
        for _, run in ipairs(recent) do
            local push = read_push(shard, run, number)
            if push and ATTEMPTED[push.state] and push.claimed >= tonumber(ARGV[2]) then
                found[#found + 1] = push.claimed
            end
        end
    end
    answer[#answer + 1] = found
end
return answer
