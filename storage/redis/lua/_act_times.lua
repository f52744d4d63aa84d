-- When acts lowered and raised consent: `consent.act_time.ActTimes.after`. In a contact's hash, `<tips` holds when tips
-- was last lowered, in milliseconds, and the last row of the ledger that this counts in: '1764500000000 12'; `>tips` when
-- it was last raised. Other scripts are joined to this text.

local function time_in(field)
    return field and tonumber(string.match(field, '^%-?%d+'))
end

local function row_in(field)
    return tonumber(field and string.match(field, ' (%d+)$') or '0')
end

-- The times of one contact while a script changes them.
local function act_times(of_contact)
    local times = {}

    local function known(name)
        if times[name] == nil then
            times[name] = redis.call('HGET', of_contact, name) or ''
        end
        return times[name]
    end

    -- Lowers a subject at a time, or, if that is later, at the time of what it overrides. `row` is 0 where none says so.
    local function lower(subject, at, row)
        local before = known('<' .. subject)
        local latest = math.max(tonumber(at), time_in(before) or tonumber(at), time_in(known('>' .. subject)) or tonumber(at))
        times['<' .. subject] = string.format('%.0f %.0f', latest, math.max(row, row_in(before)))
    end

    local function raise(subject, at)
        local latest = math.max(tonumber(at), time_in(known('>' .. subject)) or tonumber(at))
        times['>' .. subject] = string.format('%.0f', latest)
    end

    -- Adds what is known to the fields that are to be written.
    local function write_into(fields)
        for name, value in pairs(times) do
            if value ~= '' then
                fields[#fields + 1] = name
                fields[#fields + 1] = value
            end
        end
    end

    return {lower = lower, raise = raise, write_into = write_into}
end

-- When a row lowered a subject that a version without times wrote: the time of its receipt; else nil. `standing` is the
-- contact's field of the membership, `lowered` that of the time.
local function lowered_by_row(shard, standing, lowered)
    local state, row = string.match(standing or '', '^(%S+) (%d+)$')
    if not state or state == 'opted_in' or state == 'added' or tonumber(row) <= row_in(lowered) then
        return nil
    end
    local entry = redis.call('XRANGE', shard .. 'ledger', row .. '-0', row .. '-0')[1]
    for name = 1, entry and #entry[2] or 0, 2 do
        if entry[2][name] == 'content' then
            return cjson.decode(entry[2][name + 1])[6]
        end
    end
    return nil
end

-- When a subject was lowered last, in ms, or nil.
local function lowered_at(shard, standing, lowered)
    local at, by_row = time_in(lowered), lowered_by_row(shard, standing, lowered)
    return at and by_row and math.max(at, by_row) or at or by_row
end

-- What such rows lowered: a flat list of subject and time. `fields` is a contact's whole hash.
local function lowered_by_rows(shard, fields)
    local lowered, found = {}, {}
    for place = 1, #fields, 2 do
        if string.sub(fields[place], 1, 1) == '<' then
            lowered[string.sub(fields[place], 2)] = fields[place + 1]
        end
    end
    for place = 1, #fields, 2 do
        if string.sub(fields[place], 1, 1) == '=' then
            local subject = string.sub(fields[place], 2)
            local at = lowered_by_row(shard, fields[place + 1], lowered[subject])
            if at then
                found[#found + 1] = subject
                found[#found + 1] = string.format('%.0f', at)
            end
        end
    end
    return found
end

-- Whether a contact's consent is as a turn knew it. ARGV[at] is how many facts follow: '=tips added' for a membership that
-- is not none, '<tips 1764500000000' for when it was lowered; -1 where the turn asked nothing.
local function is_as_known(shard, of_contact, at)
    local count = tonumber(ARGV[at])
    if count < 0 then
        return true
    end
    local fields, lowered, facts = redis.call('HGETALL', of_contact), {}, {}
    for place = 1, #fields, 2 do
        local sign = string.sub(fields[place], 1, 1)
        local state = sign == '=' and string.match(fields[place + 1], '^%S+')
        if state and state ~= 'none' then
            facts[fields[place] .. ' ' .. state] = true
        elseif sign == '<' then
            lowered[string.sub(fields[place], 2)] = time_in(fields[place + 1])
        end
    end
    local by_rows = lowered_by_rows(shard, fields)
    for place = 1, #by_rows, 2 do
        local time = tonumber(by_rows[place + 1])
        lowered[by_rows[place]] = math.max(time, lowered[by_rows[place]] or time)
    end
    for subject, time in pairs(lowered) do
        facts['<' .. subject .. string.format(' %.0f', time)] = true
    end
    for place = at + 1, at + count do
        if not facts[ARGV[place]] then
            return false
        end
        facts[ARGV[place]] = nil
    end
    return next(facts) == nil
end
