-- KEYS: shard 0 of the bot. ARGV: expected version or '', source, digest, author, time in ms.
-- Returns: the version, or -1 when the expected one is not current.
local draft = KEYS[1] .. 'draft'
local version = redis.call('HGET', draft, 'version') or '0'
if ARGV[1] ~= '' and ARGV[1] ~= version then
    return -1
end
redis.call(
    'HSET', draft, 'version', version + 1, 'source', ARGV[2], 'digest', ARGV[3], 'author', ARGV[4], 'at', ARGV[5]
)
return version + 1
