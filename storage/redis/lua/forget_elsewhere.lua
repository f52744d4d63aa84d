-- What a shard holds of a person who is at home in another one.
-- KEYS: the shard. ARGV: where the person is at home, as accounts say it; three lists, each headed by its length:
-- accounts, names of events, digests of evidence.
local shard, home = KEYS[1], ARGV[1]
local accounts = 2
local events = accounts + 1 + ARGV[accounts]
local evidence = events + 1 + ARGV[events]
for place = accounts + 1, events - 1 do
    if redis.call('HGET', shard .. 'identities', ARGV[place]) == home then
        redis.call('HDEL', shard .. 'identities', ARGV[place])
    end
end
for place = events + 1, evidence - 1 do
    redis.call('HDEL', shard .. 'seen', ARGV[place])
    redis.call('HDEL', shard .. 'fingerprints', ARGV[place])
end
forget_evidence(shard, evidence)
return 1
