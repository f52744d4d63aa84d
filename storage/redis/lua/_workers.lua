-- Which workers are alive. Other scripts are joined to this text.

-- Makes a worker alive in a shard that it has not been in yet. `lease` in ms; less than 0 for one that has none.
local function be_alive(shard, worker, lease)
    if lease > 0 and not redis.call('ZSCORE', shard .. 'workers', worker) then
        redis.call('ZADD', shard .. 'workers', redis.call('TIME')[1] * 1000 + lease, worker)
    end
end

-- The newest forms (`storage/port.py`) that every worker reads, `own` at most. One that says nothing is of a version that
-- knew of no other forms. One whose lease ran out may still be there: it counts until its replies were taken over.
local function forms_of_all(shard, own)
    local least = own
    for _, name in ipairs(redis.call('ZRANGE', shard .. 'workers', 0, -1)) do
        least = math.min(least, tonumber(redis.call('HGET', shard .. 'forms', name) or '1'))
    end
    return least
end

-- Whether `name` is a worker other than `worker`, and alive.
local function is_another(shard, name, worker)
    if not name or name == worker then
        return false
    end
    local alive_until = redis.call('ZSCORE', shard .. 'workers', name)
    local time = redis.call('TIME')
    return alive_until and tonumber(alive_until) >= tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
end
