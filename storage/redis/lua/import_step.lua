-- How a job stands after some of its rows, if it stands as it did.
-- KEYS: the first shard. ARGV: job, its record as it must be, its record now; then lists, each headed by its length: lines
-- that wait no more; rows that failed (line, row each); rows that wait (line, row each).
-- Returns: 1, or 0 when the job stands otherwise.
local shard, job = KEYS[1], ARGV[1]
if redis.call('HGET', shard .. 'import-records', job) ~= ARGV[2] then
    return 0
end
local settled = 4
local failed = settled + 1 + ARGV[settled]
local waiting = failed + 1 + 2 * ARGV[failed]
for place = settled + 1, failed - 1 do
    redis.call('ZREMRANGEBYSCORE', shard .. 'import-waiting:' .. job, ARGV[place], ARGV[place])
end
for place = failed + 1, waiting - 1, 2 do
    redis.call('ZADD', shard .. 'import-failed:' .. job, ARGV[place], ARGV[place + 1])
end
for place = waiting + 1, waiting + 2 * ARGV[waiting], 2 do
    redis.call('ZADD', shard .. 'import-waiting:' .. job, ARGV[place], ARGV[place + 1])
end
redis.call('HSET', shard .. 'import-records', job, ARGV[3])
return 1
