-- The conversations of a contact, as far as they tell where the person is written to: version and record of the state of
-- each. Other scripts are joined to this text.
local function conversations_of(shard, contact)
    local found = {}
    for _, conversation in ipairs(redis.call('SMEMBERS', shard .. 'conversations-of:' .. contact)) do
        local state = redis.call('HMGET', shard .. 'conversation:' .. conversation, 'version', 'state')
        if state[2] then
            found[#found + 1] = state[1]
            found[#found + 1] = state[2]
        end
    end
    return found
end
