-- When acts lowered and raised consent.
-- KEYS: the shard. ARGV: contacts. Returns two lists for each: fields that keep times, and what rows without times lowered.
local shard, found = KEYS[1], {}
for place = 1, #ARGV do
    local fields, kept = redis.call('HGETALL', shard .. 'contact:' .. ARGV[place]), {}
    for at = 1, #fields, 2 do
        local sign = string.sub(fields[at], 1, 1)
        if sign == '<' or sign == '>' then
            kept[#kept + 1] = fields[at]
            kept[#kept + 1] = fields[at + 1]
        end
    end
    found[#found + 1] = kept
    found[#found + 1] = lowered_by_rows(shard, fields)
end
return found
