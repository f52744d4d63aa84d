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

-- Links a turn to the one before it; see storage/turns.py. `head` is what the conversation keeps of its last link,
-- '<turn> <hash>', `turns` the turn before: one that a version before wrote has no link, and a chain begins behind it.
-- `content` is what the link is made over, `digest` that of a record that erasing replaced, or ''. Returns the new head.
local function chain_turn(shard, conversation, head, turns, turn, content, digest)
    local linked, previous = string.match(head or '', '^(%d+) (%x+)$')
    if linked ~= tostring(turns) then
        previous = string.rep('0', 40)
    end
    local link = redis.sha1hex(previous .. ' ' .. turn .. ' ' .. content)
    redis.call('HSET', shard .. 'links:' .. conversation, turn, digest == '' and link or link .. ' ' .. digest)
    return turn .. ' ' .. link
end

-- Keeps the digest of a turn's record that is replaced by one without somebody's words, if it keeps none yet.
local function keep_digest(shard, conversation, turn, digest)
    local links = shard .. 'links:' .. conversation
    local link = redis.call('HGET', links, turn) or '-'
    if not string.find(link, ' ', 1, true) then
        redis.call('HSET', links, turn, link .. ' ' .. digest)
    end
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
