-- Evidence that goes with a person. Other scripts are joined to this text.

-- Deletes the texts whose digests are in ARGV after place `at`, which has their number. Workers that knew them to be
-- stored hear of it with their next turn.
local function forget_evidence(shard, at)
    for place = at + 1, at + ARGV[at] do
        redis.call('HDEL', shard .. 'evidence', ARGV[place])
    end
    if tonumber(ARGV[at]) > 0 then
        redis.call('HINCRBY', shard .. 'meta', 'evidence-gone', 1)
    end
end
