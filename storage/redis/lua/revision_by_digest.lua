-- The first revision whose digest begins so; those that are never live come last. A bot has some hundreds of them, and
-- what is found is kept by the caller.
-- KEYS: shard 0 of the bot. ARGV: the beginning of the digest.
-- Returns: its number, or 0.
local shard, wanted = KEYS[1], ARGV[1]
local function is_it(number)
    local digest = redis.call('HGET', shard .. 'revision:' .. number, 'digest')
    return digest and string.sub(digest, 1, #wanted) == wanted
end
for number = 1, tonumber(redis.call('GET', shard .. 'live') or '0') do
    if is_it(number) then
        return number
    end
end
for number = 1, tonumber(redis.call('GET', shard .. 'kept-revisions') or '0') do
    if is_it(-number) then
        return -number
    end
end
return 0
