-- Work that is done after the commit that left it. A row is a hash `work:<id>`: kind, contact, personal, lane, due,
-- attempts, state, number, record. `work` lists all by number, `work-dead` those that were given up, `work-due` what may
-- be taken: of a lane (`work-lane:`) its first that waits.
local function promote_work(shard, lane)
    local first = redis.call('ZRANGE', shard .. 'work-lane:' .. lane, 0, 0)[1]
    if first then
        redis.call('ZADD', shard .. 'work-due', redis.call('HGET', shard .. 'work:' .. first, 'due'), first)
    end
end

local function queue_work(shard, id, lane, number, due)
    redis.call('HSET', shard .. 'work:' .. id, 'state', 'waiting', 'due', due)
    if lane == '' then
        redis.call('ZADD', shard .. 'work-due', due, id)
        return
    end
    local first = redis.call('ZRANGE', shard .. 'work-lane:' .. lane, 0, 0)[1]
    if first then
        redis.call('ZREM', shard .. 'work-due', first)
    end
    redis.call('ZADD', shard .. 'work-lane:' .. lane, number, id)
    promote_work(shard, lane)
end

local function unqueue_work(shard, id, lane)
    redis.call('ZREM', shard .. 'work-due', id)
    redis.call('ZREM', shard .. 'work-dead', id)
    if lane ~= '' then
        redis.call('ZREM', shard .. 'work-lane:' .. lane, id)
        promote_work(shard, lane)
    end
end

local function bury_work(shard, id, kind, lane, number)
    unqueue_work(shard, id, lane)
    redis.call('HSET', shard .. 'work:' .. id, 'state', 'dead')
    redis.call('ZADD', shard .. 'work-dead', number, id)
    redis.call('HINCRBY', shard .. 'work-counts', kind .. ' waiting', -1)
    redis.call('HINCRBY', shard .. 'work-counts', kind .. ' dead', 1)
end

local function add_work(shard, words)
    local id, kind, contact, personal, lane = words[1], words[2], words[3], words[4], words[5]
    local key = shard .. 'work:' .. id
    if redis.call('EXISTS', key) == 1 then
        return
    end
    local number = redis.call('HINCRBY', shard .. 'meta', 'work', 1)
    redis.call(
        'HSET', key, 'kind', kind, 'contact', contact, 'personal', personal, 'lane', lane, 'attempts', words[8],
        'number', number, 'record', words[9]
    )
    redis.call('ZADD', shard .. 'work', number, id)
    redis.call('SADD', shard .. 'work-of:' .. contact, id)
    redis.call('HINCRBY', shard .. 'work-counts', kind .. ' waiting', 1)
    queue_work(shard, id, lane, number, words[7])
    if words[6] == 'dead' then
        bury_work(shard, id, kind, lane, number)
    end
end

local function drop_work(shard, id)
    local key = shard .. 'work:' .. id
    local row = redis.call('HMGET', key, 'kind', 'contact', 'lane', 'state')
    unqueue_work(shard, id, row[3])
    redis.call('DEL', key)
    redis.call('ZREM', shard .. 'work', id)
    redis.call('SREM', shard .. 'work-of:' .. row[2], id)
    redis.call('HINCRBY', shard .. 'work-counts', row[1] .. ' ' .. row[4], -1)
end
