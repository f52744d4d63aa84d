-- What is left of the handles of somebody who is being erased, and what their acts must be younger than to count.
-- KEYS: the shard. ARGV: a time in ms, contact (it may be at home elsewhere), digests.
-- Returns that time, or that of the contact's last act, where that is later.
local shard = KEYS[1]
local lowered = tonumber(ARGV[1])
local fields = redis.call('HGETALL', shard .. 'contact:' .. ARGV[2])
for place = 1, #fields, 2 do
    local sign = string.sub(fields[place], 1, 1)
    if sign == '<' or sign == '>' then
        lowered = math.max(lowered, time_in(fields[place + 1]))
    end
end
for place = 3, #ARGV do
    local before = redis.call('HGET', shard .. 'erased-times', ARGV[place])
    redis.call('SADD', shard .. 'erased', ARGV[place])
    redis.call('HSET', shard .. 'erased-times', ARGV[place], string.format('%.0f', math.max(lowered, tonumber(before or '0'))))
end
return string.format('%.0f', lowered)
