-- Skips or defers a push without a turn.
-- KEYS: the shard. ARGV: run, contact, state, reason, until in ms or 0, due in ms, what it has in common with others, rows of the
-- ledger (2), 1 for a step of a sequence.
-- Returns: 1, or 0 when it neither waits nor is deferred, or its run is over.
local shard, run = KEYS[1], ARGV[1]
local number = redis.call('HGET', shard .. 'contact:' .. ARGV[2], 'number')
local state = redis.call('HGET', shard .. 'run:' .. run, 'state')
local over = {finished = true, cancelled = true, expired = true, missed = true, overlapped = true}
if not number or (not state and ARGV[10] ~= '1') or over[state] then
    return 0
end
local before = read_push(shard, run, number)
if before and before.state ~= 'deferred' then
    return 0
end
local push = read_push(shard, run, number) or {attempts = 0, claims = 0, due = tonumber(ARGV[6]), ids = ''}
push.state, push.reason, push['until'] = ARGV[3], ARGV[4], tonumber(ARGV[5])
push.kind = kind_of_push(shard, ARGV[7])
push.subject_row, push.everything_row = tonumber(ARGV[8]), tonumber(ARGV[9])
write_push(shard, run, number, before, push)
redis.call('ZADD', shard .. 'push-runs', 'NX', 0, run)
return 1
