-- Leases pushes of one running run that come up again.
-- KEYS: the shard. ARGV: now in ms, until when the lease goes in ms, how many at most.
-- Returns: {run, epoch, number in the shard, turns taken, due in ms, ...} or {}.
local shard = KEYS[1]
for _, run in ipairs(redis.call('SMEMBERS', shard .. 'runs-deferred')) do
    local current = redis.call('HMGET', shard .. 'run:' .. run, 'state', 'epoch')
    local deferred = shard .. 'deferred:' .. run
    if redis.call('EXISTS', deferred) == 0 then
        redis.call('SREM', shard .. 'runs-deferred', run)
    elseif current[1] == 'running' then
        local due = redis.call('ZRANGE', deferred, '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[3])
        if #due > 0 then
            local answer = {run, current[2]}
            for _, number in ipairs(due) do
                local push = read_push(shard, run, number)
                redis.call('ZADD', deferred, ARGV[2], number)
                answer[#answer + 1] = number
                answer[#answer + 1] = push.attempts
                answer[#answer + 1] = push.due
            end
            return answer
        end
    end
end
return {}
