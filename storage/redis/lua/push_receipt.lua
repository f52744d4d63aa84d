-- What a channel told of pushes in a conversation.
-- KEYS: the shard. ARGV: conversation, state, at in ms, up to when they were sent in ms or '', claims since in ms, how many states, the
-- states that they may be in, the ids that it named.
-- Returns: of how many that is news.
local shard, state, at = KEYS[1], ARGV[2], tonumber(ARGV[3])
local standing = redis.call('HMGET', shard .. 'conversation:' .. ARGV[1], 'contact', 'number')
local who = standing[1] and redis.call('HGET', shard .. 'contact:' .. standing[1], 'number')
if not who then
    return 0
end
local may, named, told = {}, {}, 0
for place = 7, 6 + ARGV[6] do
    may[ARGV[place]] = true
end
for place = 7 + ARGV[6], #ARGV do
    named[ARGV[place]] = true
end
for _, run in ipairs(redis.call('ZRANGE', shard .. 'push-runs', ARGV[5], '+inf', 'BYSCORE')) do
    for _, number in ipairs(numbers_of(shard, standing[1], who)) do
        local before, push = read_push(shard, run, number), read_push(shard, run, number)
        if push and may[push.state] and tostring(push.conversation) == standing[2] then
            local news = ARGV[4] ~= '' and push.sent ~= 0 and push.sent <= tonumber(ARGV[4])
            for id in string.gmatch(push.ids, '%S+') do
                news = news or named[id]
            end
            if news then
                push.state, push[state] = state, at
                write_push(shard, run, number, before, push)
                told = told + 1
            end
        end
    end
end
return told
