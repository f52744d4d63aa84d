-- Which workers are alive. Other scripts are joined to this text.

-- Whether `name` is a worker other than `worker`, and alive.
local function is_another(shard, name, worker)
    if not name or name == worker then
        return false
    end
    local alive_until = redis.call('ZSCORE', shard .. 'workers', name)
    return alive_until and tonumber(alive_until) >= tonumber(redis.call('TIME')[1]) * 1000
end
