-- KEYS: the shard. ARGV: kind, then of each row: ordinal, contact, the seven words of a change (see _ledger).
local shard = KEYS[1]
local meta = redis.call('HMGET', shard .. 'meta', 'ledger', 'head')
local number, head = tonumber(meta[1] or '0'), meta[2] or string.rep('0', 40)
each_new(shard, 9, function(place)
    local contact = ARGV[place]
    local of_contact = shard .. 'contact:' .. contact
    local person = redis.call('HMGET', of_contact, 'since', 'last-row', 'number')
    local fields, times = {}, act_times(of_contact)
    number, head = append_ledger(
        shard, contact, person[1], person[2] or '0', number, head, place + 1, 1, fields, person[3], times
    )
    times.write_into(fields)
    redis.call('HSET', of_contact, unpack(fields))
end)
redis.call('HSET', shard .. 'meta', 'ledger', number, 'head', head)
return 1
