-- How fast pushes leave through one channel account: as `storage/pace.py` decides it, on Redis' clock.
-- KEYS: the account. ARGV: what ('reserve', 'pause'), limit of the rate, places wanted, debts, or seconds asked for
-- ('' where the channel did not say), chance; the time in seconds, '' for Redis' own; the rate to begin with.
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
if ARGV[6] ~= '' then now = tonumber(ARGV[6]) end
local kept = redis.call('HMGET', KEYS[1], 'next_at', 'rate', 'grown_at', 'closed_until', 'pauses')
local next_at, rate = tonumber(kept[1] or 0), tonumber(kept[2] or 0)
local grown_at, closed_until, pauses = tonumber(kept[3] or 0), tonumber(kept[4] or 0), tonumber(kept[5] or 0)

local function keep()
  redis.call('HSET', KEYS[1], 'next_at', string.format('%.6f', next_at), 'rate', string.format('%.6f', rate),
    'grown_at', string.format('%.6f', grown_at), 'closed_until', string.format('%.6f', closed_until), 'pauses', pauses)
  redis.call('EXPIRE', KEYS[1], 86400)
end

if ARGV[1] == 'pause' then
  local asked, chance = tonumber(ARGV[3]), tonumber(ARGV[5])
  if closed_until > now then
    closed_until = math.max(closed_until, now + (asked or 0))
    grown_at = now
  else
    local wait = asked or math.min(300, 2 * 2 ^ math.min(pauses, 10)) * (1 + chance)
    closed_until = now + math.max(wait, 0.1)
    next_at = math.max(next_at, closed_until)
    if rate == 0 then rate = 20 end
    rate = math.max(0.2, rate / 2)
    grown_at = closed_until
    pauses = pauses + 1
  end
  keep()
  return {'0', string.format('%.6f', rate)}
end

local limit, wanted, debts = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if rate == 0 then rate = tonumber(ARGV[7]) end
rate = math.min(rate, limit)
if grown_at == 0 then grown_at = now end
if now - grown_at >= 10 and closed_until <= now then
  rate, grown_at, pauses = math.min(limit, rate * 1.1), now, 0
end
local gap = 1 / rate
next_at = math.max(next_at, now)
if debts > 0 then next_at = math.min(next_at + debts * gap, math.max(next_at, now + 1)) end
local given, wait = {}, 0
if closed_until > now then
  wait = closed_until - now
else
  while #given < wanted and next_at - now <= 1 do
    given[#given + 1] = string.format('%.6f', next_at - now)
    next_at = next_at + gap
  end
  if #given == 0 then wait = next_at - now - 1 end
end
keep()
return {string.format('%.6f', wait), string.format('%.6f', rate), unpack(given)}
