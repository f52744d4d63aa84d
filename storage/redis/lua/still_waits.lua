-- Whether a reply is its worker's to send.
-- KEYS: the shard. ARGV: worker, conversation, number of the reply.
-- Returns: 1, or 0 when it has ended or is another worker's.
local standing = redis.call('HMGET', KEYS[1] .. 'conversation:' .. ARGV[2], 'owner', 'waiting')
return standing[1] == ARGV[1] and without(standing[2] or '', ARGV[3]) and 1 or 0
