-- Conversations by number. What stays in a stream names them so, because erasing a person takes their keys away, and
-- nothing in a stream can be changed. Other scripts are joined to this text.

-- The number of a conversation that has `known`, or gets one now.
local function number_of(shard, conversation, known)
    if known then
        return known
    end
    local number = redis.call('HINCRBY', shard .. 'meta', 'conversation', 1)
    redis.call('HSET', shard .. 'conversation:' .. conversation, 'number', number)
    redis.call('HSET', shard .. 'conversation-keys', number, conversation)
    return number
end

-- A line in the log of turns; the event's name stands beside it.
local function log_turn(shard, conversation, turn, event, at, first_reply, replies)
    redis.call('HSET', shard .. 'turn-events', conversation .. ' ' .. turn, event)
    redis.call(
        'XADD', shard .. 'turns', '*',
        'conversation', conversation, 'turn', turn, 'at', at, 'reply', first_reply, 'replies', replies
    )
end

-- A message that nothing matched; its words stand beside it.
local function keep_ignored(shard, conversation, at, text)
    local place = redis.call('XADD', shard .. 'ignored', '*', 'conversation', conversation, 'at', at)
    redis.call('HSET', shard .. 'ignored-texts', place, text)
end
