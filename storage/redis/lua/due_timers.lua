-- Timers whose time has come, but for those that another worker is taking through their turn.
-- KEYS: the shard. ARGV: worker or '' for one that only looks, time in ms, most, lease in ms.
-- Returns: {timer, due, conversation, version, state} of each.
local shard, worker = KEYS[1], ARGV[1]
local due = redis.call('ZRANGE', shard .. 'timers', '-inf', ARGV[2], 'BYSCORE', 'LIMIT', 0, ARGV[3], 'WITHSCORES')
local answer = {}
for place = 1, #due, 2 do
    local timer = due[place]
    local taken_by = redis.call('HGET', shard .. 'timer-workers', timer)
    if worker == '' or not is_another(shard, taken_by, worker) then
        if worker ~= '' and taken_by ~= worker then
            redis.call('HSET', shard .. 'timer-workers', timer, worker)
            be_alive(shard, worker, tonumber(ARGV[4]))
        end
        local conversation = redis.call('HGET', shard .. 'timer-conversations', timer)
        local state = redis.call('HMGET', shard .. 'conversation:' .. conversation, 'version', 'state')
        answer[#answer + 1] = {timer, due[place + 1], conversation, state[1], state[2]}
    end
end
return answer
