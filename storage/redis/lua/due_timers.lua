-- Timers whose time has come, but for those that another worker is taking through their turn.
-- KEYS: the shard. ARGV: worker or '' for one that only looks, time in ms, most, lease in ms, time in ms or '-inf' to
-- read from, the timer of that time to read after or ''.
-- Returns: {timer, due, conversation, version, state} of each, in order of time and timer; no conversation: false.
local shard, worker, most, from, after = KEYS[1], ARGV[1], tonumber(ARGV[3]), ARGV[5], ARGV[6]
local answer, read, page = {}, 0, 500
while #answer < most do
    local due = redis.call(
        'ZRANGE', shard .. 'timers', from, ARGV[2], 'BYSCORE', 'LIMIT', read, page, 'WITHSCORES'
    )
    for place = 1, #due, 2 do
        local timer, at = due[place], due[place + 1]
        local taken_by = redis.call('HGET', shard .. 'timer-workers', timer)
        local is_after = at ~= from or timer > after
        if #answer < most and is_after and (worker == '' or not is_another(shard, taken_by, worker)) then
            if worker ~= '' and taken_by ~= worker then
                redis.call('HSET', shard .. 'timer-workers', timer, worker)
                be_alive(shard, worker, tonumber(ARGV[4]))
            end
            local conversation = redis.call('HGET', shard .. 'timer-conversations', timer)
            local state = {false, false}
            if conversation then
                state = redis.call('HMGET', shard .. 'conversation:' .. conversation, 'version', 'state')
            end
            answer[#answer + 1] = {timer, at, conversation, state[1], state[2]}
        end
    end
    if #due < 2 * page then
        break
    end
    read = read + page
end
return answer
