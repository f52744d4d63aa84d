-- Lets pushes be sent again that failed, or are unknown.
-- KEYS: the shard. ARGV: run, from when on in ms, the first and the last number to look at, states.
-- Returns: how many.
local shard, run, again = KEYS[1], ARGV[1], 0
local may = {}
for place = 5, #ARGV do
    may[ARGV[place]] = true
end
local state = redis.call('HGET', shard .. 'run:' .. run, 'state')
if state == 'cancelled' or state == 'expired' then
    return 0
end
for bucket = math.floor(ARGV[3] / 32), math.floor(ARGV[4] / 32) do
    for _, number in ipairs(redis.call('HKEYS', push_key(shard, run, bucket * 32))) do
        local before, push = read_push(shard, run, number), read_push(shard, run, number)
        if may[push.state] then
            push.state, push.reason, push['until'] = 'deferred', 'again', tonumber(ARGV[2])
            write_push(shard, run, number, before, push)
            again = again + 1
        end
    end
end
return again
