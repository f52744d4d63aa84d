-- What the caller remembers of a shard's ledger, and whether the store still has it. Other scripts are joined to this
-- text. The last three words of ARGV are the number of a row that was acknowledged ('0': none), its hash, and '1' if the
-- script is to raise consent.

local RESERVED_ROWS = 1000000

local function has_row(shard, number, hash)
    local entry = redis.call('XRANGE', shard .. 'ledger', number .. '-0', number .. '-0')[1]
    for place = 1, entry and #entry[2] or 0, 2 do
        if entry[2][place] == 'hash' then
            return entry[2][place + 1] == hash
        end
    end
    return false
end

local function last_row(shard)
    local entry = redis.call('XREVRANGE', shard .. 'ledger', '+', '-', 'COUNT', 1)[1]
    for place = 1, #entry[2], 2 do
        if entry[2][place] == 'hash' then
            return tonumber(string.match(entry[1], '^%d+')), entry[2][place + 1]
        end
    end
end

-- Puts on record that row `number`, whose hash was `hash`, is missing, unless it is there or was accepted as lost.
-- `ledger` is the shard's counter of rows. Returns the loss as JSON, or nil, and the counter afterwards: no number up to
-- it is given again.
local function note_loss(shard, number, hash, ledger)
    if has_row(shard, number, hash) then
        return nil, ledger
    end
    local known = redis.call('HGETALL', shard .. 'losses')
    local id = #known / 2 + 1
    local last = redis.call('XREVRANGE', shard .. 'ledger', '+', '-', 'COUNT', 1)[1]
    local there = last and tonumber(string.match(last[1], '^%d+')) or 0
    local loss = {first = math.min(there + 1, number), last = number, hash = hash}
    for place = 1, #known, 2 do
        local other = cjson.decode(known[place + 1])
        if number >= other.first and number <= other.reserved then
            if other.accepted_at then
                return nil, ledger
            end
            if number <= other.last then
                return known[place + 1], math.max(ledger, other.reserved)
            end
            id, loss.first, loss.found_at, loss.reserved = known[place], other.first, other.found_at, other.reserved
        end
    end
    local time = redis.call('TIME')
    loss.found_at = loss.found_at or tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
    loss.reserved = loss.reserved or math.max(ledger, number) + RESERVED_ROWS
    ledger = math.max(ledger, loss.reserved)
    local record = cjson.encode(loss)
    redis.call('HSET', shard .. 'losses', id, record)
    redis.call('HSET', shard .. 'meta', 'ledger', ledger, 'lost', 1)
    return record, ledger
end

-- The end of the ledger, for a script that appends to it: number of the last row and its hash; nil if the script is to
-- raise consent, and rows are missing.
local function end_of_ledger(shard)
    local meta = redis.call('HMGET', shard .. 'meta', 'ledger', 'head', 'lost')
    local number, head, lost = tonumber(meta[1] or '0'), meta[2] or string.rep('0', 40), meta[3]
    local remembered, hash = tonumber(ARGV[#ARGV - 2]), ARGV[#ARGV - 1]
    if remembered > 0 and not (number == remembered and head == hash) then
        local loss
        loss, number = note_loss(shard, remembered, hash, number)
        lost = lost or loss
        if number < remembered then  -- the counters are gone, and the rows are not: Redis threw a key away
            number, head = last_row(shard)
        end
    end
    if lost and ARGV[#ARGV] == '1' then
        return nil
    end
    return number, head
end
