-- Takes from the pushes of a person who is erased what tells of them. Whoever was deferred is skipped; what was on its way has
-- no lane any more, so that nobody else could settle it: it is unknown until its worker says better.
-- KEYS: the shard. ARGV: contact, and those that it took over.
local shard = KEYS[1]
for place = 1, #ARGV do
    local number = redis.call('HGET', shard .. 'contact:' .. ARGV[place], 'number')
    for _, run in ipairs(number and redis.call('ZRANGE', shard .. 'push-runs', 0, -1) or {}) do
        local before, push = read_push(shard, run, number), read_push(shard, run, number)
        if push then
            local kind = cjson.decode(redis.call('HGET', shard .. 'push-kind-texts', push.kind))
            kind.zone = nil
            push.kind = kind_of_push(shard, cjson.encode(kind))
            push.conversation, push.ids = 0, ''
            if push.state == 'deferred' then
                push.state, push.reason, push['until'] = 'skipped', 'erased', 0
            elseif push.state == 'sending' then
                push.state, push.reason = 'unknown', ''
            end
            write_push(shard, run, number, before, push)
        end
    end
end
return 1
