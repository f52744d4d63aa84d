-- Which workers are alive. Other scripts are joined to this text.

-- Makes a worker alive in a shard that it has not been in yet. `lease` in ms; less than 0 for one that has none.
local function be_alive(shard, worker, lease)
    if lease > 0 and not redis.call('ZSCORE', shard .. 'workers', worker) then
        redis.call('ZADD', shard .. 'workers', redis.call('TIME')[1] * 1000 + lease, worker)
    end
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
