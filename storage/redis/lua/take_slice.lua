-- Leases people of a running run who are due: of the run that was looked at longest ago.
-- KEYS: shard 0 of a bot. ARGV: worker, now in ms, until when the lease goes in ms, people in a slice.
-- Returns: {run, epoch, bucket, place, due in ms} or {}.
local shard, now, size = KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[4])
for _, run in ipairs(redis.call('ZRANGE', shard .. 'running', 0, -1)) do
    local leases, buckets = shard .. 'run-leases:' .. run, shard .. 'run-buckets:' .. run
    local bucket, place
    local held = redis.call('HGETALL', leases)
    for at = 1, #held, 2 do
        if not bucket and tonumber(string.match(held[at + 1], '^%d+')) <= now then
            bucket, place = string.match(held[at], '^(%d+) (%d+)$')
        end
    end
    local earliest
    local all = redis.call('HGETALL', buckets)
    for at = 1, bucket and 0 or #all, 2 do
        local due, people, taken = string.match(all[at + 1], '^(%-?%d+) (%d+) (%d+)$')
        due, people, taken = tonumber(due), tonumber(people), tonumber(taken)
        if due <= now and taken < people and (not earliest or due < earliest) then
            earliest, bucket, place = due, all[at], taken / size
        end
    end
    if bucket then
        local due, people, taken = string.match(redis.call('HGET', buckets, bucket), '^(%-?%d+) (%d+) (%d+)$')
        local upto = math.max(tonumber(taken), math.min(tonumber(people), (place + 1) * size))
        redis.call('HSET', buckets, bucket, string.format('%s %s %.0f', due, people, upto))
        redis.call('HSET', leases, string.format('%s %.0f', bucket, place), ARGV[3] .. ' ' .. ARGV[1])
        redis.call('ZADD', shard .. 'running', redis.call('HINCRBY', shard .. 'meta', 'looked-at-runs', 1), run)
        return {run, redis.call('HGET', shard .. 'run:' .. run, 'epoch'), tonumber(bucket), tonumber(place), tonumber(due)}
    end
end
return {}
