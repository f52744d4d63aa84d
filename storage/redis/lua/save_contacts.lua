-- Contacts of a file, which have no handle in common.
-- KEYS: the shard. ARGV: how many; of each, what save_contact takes. One of version 0 that is there was kept before.
-- Returns: {'ok'}, or what save_contact says of the first that can't be kept; then none of them is.
local shard, count = KEYS[1], tonumber(ARGV[1])
local place, todo = 2, {}
for _ = 1, count do
    local after, outcome = save_contact(shard, place, false)
    if outcome[1] == 'ok' then
        todo[#todo + 1] = place
    elseif outcome[1] ~= 'stale' or ARGV[place + 1] ~= '0' then
        return outcome
    end
    place = after
end
for _, each in ipairs(todo) do
    save_contact(shard, each, true)
end
return {'ok'}
