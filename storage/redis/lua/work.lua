-- One act on work. KEYS: the shard. ARGV: the act and what it takes.
-- add: of each row nine words (see _work); one that is there is passed over.
-- take: time in ms, lease in ms, most. Returns {due, attempts, record, id} of what is due; nobody else gets it until the
-- lease is over.
-- end: id, attempts, what becomes of it ('done', 'waiting' or 'dead'), due in ms, record. Returns 1; 0 where somebody
-- else took it meanwhile.
-- again: id, due in ms, record. Returns 1; 0 where no row of that id was given up.
-- forget: contacts, of whom what is personal goes.
local shard, act = KEYS[1], ARGV[1]

local function take(now, lease, most)
    local answer = {}
    for _, id in ipairs(redis.call('ZRANGE', shard .. 'work-due', '-inf', now, 'BYSCORE', 'LIMIT', 0, most)) do
        local key = shard .. 'work:' .. id
        local attempts = redis.call('HINCRBY', key, 'attempts', 1)
        local row = redis.call('HMGET', key, 'due', 'record')
        redis.call('ZADD', shard .. 'work-due', lease, id)
        redis.call('HSET', key, 'due', lease)
        answer[#answer + 1] = {row[1], attempts, row[2], id}
    end
    return answer
end

local function finish(id, attempts, becomes, due, record)
    local key = shard .. 'work:' .. id
    local row = redis.call('HMGET', key, 'attempts', 'kind', 'lane', 'number', 'state')
    if row[1] ~= attempts or row[5] ~= 'waiting' then
        return 0
    end
    if becomes == 'done' then
        drop_work(shard, id)
        return 1
    end
    redis.call('HSET', key, 'record', record)
    if becomes == 'dead' then
        bury_work(shard, id, row[2], row[3], row[4])
    else
        queue_work(shard, id, row[3], row[4], due)
    end
    return 1
end

local function again(id, due, record)
    local key = shard .. 'work:' .. id
    local row = redis.call('HMGET', key, 'state', 'kind', 'lane', 'number')
    if row[1] ~= 'dead' then
        return 0
    end
    redis.call('ZREM', shard .. 'work-dead', id)
    redis.call('HINCRBY', shard .. 'work-counts', row[2] .. ' dead', -1)
    redis.call('HINCRBY', shard .. 'work-counts', row[2] .. ' waiting', 1)
    redis.call('HSET', key, 'record', record)
    queue_work(shard, id, row[3], row[4], due)
    return 1
end

if act == 'add' then
    for place = 2, #ARGV, 9 do
        add_work(shard, {unpack(ARGV, place, place + 8)})
    end
elseif act == 'take' then
    return take(ARGV[2], ARGV[3], ARGV[4])
elseif act == 'end' then
    return finish(unpack(ARGV, 2))
elseif act == 'again' then
    return again(unpack(ARGV, 2))
else
    for place = 2, #ARGV do
        for _, id in ipairs(redis.call('SMEMBERS', shard .. 'work-of:' .. ARGV[place])) do
            if redis.call('HGET', shard .. 'work:' .. id, 'personal') == '1' then
                drop_work(shard, id)
            end
        end
    end
end
return 0
