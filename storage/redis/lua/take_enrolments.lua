-- People whose next step is due; nobody else gets them until the lease is over.
-- KEYS: the shard. ARGV: time in ms, lease in ms, most. Returns: value of each, as save_enrolments keeps it, by time.
local shard, answer = KEYS[1], {}
for _, member in ipairs(redis.call('ZRANGE', shard .. 'enrolments-due', '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[3])) do
    local sequence, contact = string.match(member, '^(%S+) (.+)$')
    redis.call('ZADD', shard .. 'enrolments-due', ARGV[2], member)
    answer[#answer + 1] = redis.call('HGET', shard .. 'enrolments:' .. contact, sequence)
end
return answer
