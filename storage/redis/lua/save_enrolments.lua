-- Where people are in sequences. A value is version, state and record: '3 active <record>'.
-- KEYS: the shard. ARGV: of each person and sequence: sequence, contact, version it was read with, state, due in ms or
-- '', record. Returns of each: 1 where it was kept, 0 where the version is another one.
local shard, answer = KEYS[1], {}
for place = 1, #ARGV, 6 do
    local sequence, contact, version, state = ARGV[place], ARGV[place + 1], ARGV[place + 2], ARGV[place + 3]
    local key = shard .. 'enrolments:' .. contact
    local current, before = string.match(redis.call('HGET', key, sequence) or '0 - ', '^(%d+) (%S+) ')
    if current == version then
        redis.call('HSET', key, sequence, (version + 1) .. ' ' .. state .. ' ' .. ARGV[place + 5])
        redis.call('ZADD', shard .. 'enrolled:' .. sequence, 0, contact)
        redis.call('ZADD', shard .. 'enrolled', 0, contact)
        if before ~= '-' then
            redis.call('HINCRBY', shard .. 'enrolment-counts', sequence .. ' ' .. before, -1)
        end
        redis.call('HINCRBY', shard .. 'enrolment-counts', sequence .. ' ' .. state, 1)
        local member = sequence .. ' ' .. contact
        if ARGV[place + 4] == '' then
            redis.call('ZREM', shard .. 'enrolments-due', member)
        else
            redis.call('ZADD', shard .. 'enrolments-due', ARGV[place + 4], member)
        end
        answer[#answer + 1] = 1
    else
        answer[#answer + 1] = 0
    end
end
return answer
