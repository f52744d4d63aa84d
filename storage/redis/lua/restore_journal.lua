-- KEYS: the shard. ARGV: kind, then of each turn: ordinal, conversation, event, time in ms, record, its place in the
-- conversation or 0 where it is not known, what its link is made over or '' for one without, digest of a record that was
-- replaced or ''.
local shard = KEYS[1]
each_new(shard, 8, function(place)
    local conversation = ARGV[place]
    local of_conversation = shard .. 'conversation:' .. conversation
    local standing = redis.call('HMGET', of_conversation, 'turns', 'number', 'link', 'pruned')
    local turn = tonumber(ARGV[place + 4])
    if turn == 0 then
        local pruned = tonumber(string.match(standing[4] or '', '^%d+') or '0')
        turn = pruned + redis.call('HINCRBY', shard .. 'restored', 'turns of ' .. conversation, 1)
    end
    local talk = number_of(shard, conversation, standing[2])
    redis.call('HSET', of_conversation, 'turns', math.max(turn, tonumber(standing[1] or '0')))
    redis.call('HSET', shard .. 'journal:' .. conversation, turn, ARGV[place + 3])
    if ARGV[place + 5] ~= '' then
        local head = chain_turn(shard, talk, standing[3], turn - 1, turn, ARGV[place + 5], ARGV[place + 6])
        redis.call('HSET', of_conversation, 'link', head)
    elseif ARGV[place + 6] ~= '' then
        redis.call('HSET', shard .. 'links:' .. talk, turn, '- ' .. ARGV[place + 6])
    end
    log_turn(shard, talk, turn, ARGV[place + 1], ARGV[place + 2], 0, 0)
end)
return 1
