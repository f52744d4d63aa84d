-- The personal parts of the ledger rows of a contact that was merged into somebody who is being erased.
-- KEYS: the shard. ARGV: contact. Returns how many went. Each row names the contact's row before it.
local shard = KEYS[1]
local row = tonumber(redis.call('HGET', shard .. 'contact:' .. ARGV[1], 'last-row') or '0')
local gone = 0
while row > 0 do
    gone = gone + redis.call('HDEL', shard .. 'ledger-personal', row)
    local fields = redis.call('XRANGE', shard .. 'ledger', row .. '-0', row .. '-0')[1][2]
    for place = 1, #fields, 2 do
        if fields[place] == 'previous' then
            row = tonumber(fields[place + 1])
        end
    end
end
return gone
