-- Pending replies of one conversation, in order. Other scripts are joined to this text.

-- Takes a reply out of its lane: it has ended. Returns whether it was there.
local function end_reply(shard, conversation, number)
    if redis.call('LREM', shard .. 'lane:' .. conversation, 1, number) == 0 then
        return false
    end
    redis.call('XACK', shard .. 'outbox', 'senders', number .. '-0')
    redis.call('XDEL', shard .. 'outbox', number .. '-0')
    return true
end
