-- Keeps a push of another store, if the shard has its contact. Its run has the counters.
-- KEYS: the shard. ARGV: run, contact, state, reason, attempts, claims, then in ms or 0: due, until, claimed, sent, delivered, read;
-- conversation, rows of the ledger (2), what the channel calls it, what it has in common with others.
local shard, run = KEYS[1], ARGV[1]
local number = redis.call('HGET', shard .. 'contact:' .. ARGV[2], 'number')
if not number then
    return 0
end
local push = {
    state = ARGV[3], reason = ARGV[4], attempts = tonumber(ARGV[5]), claims = tonumber(ARGV[6]), due = tonumber(ARGV[7]),
    claimed = tonumber(ARGV[9]), sent = tonumber(ARGV[10]), delivered = tonumber(ARGV[11]), read = tonumber(ARGV[12]),
    subject_row = tonumber(ARGV[14]), everything_row = tonumber(ARGV[15]), ids = ARGV[16],
}
push['until'] = tonumber(ARGV[8])
local talk = redis.call('HMGET', shard .. 'conversation:' .. ARGV[13], 'version', 'number')
push.conversation = talk[1] and tonumber(number_of(shard, ARGV[13], talk[2])) or 0
push.kind = kind_of_push(shard, ARGV[17])
keep_push(shard, run, number, nil, push)
redis.call('ZADD', shard .. 'push-runs', 'GT', push.claimed, run)
return 1
