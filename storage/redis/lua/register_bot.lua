-- A bot's number, from 0, by which its replies' sequences differ from those of others.
-- KEYS: the store. ARGV: bot.
local bots = KEYS[1] .. 'bots'
local number = redis.call('HGET', bots, ARGV[1])
if not number then
    number = redis.call('HLEN', bots)
    redis.call('HSET', bots, ARGV[1], number)
end
return tonumber(number)
