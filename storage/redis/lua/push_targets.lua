-- What a push asks of people.
-- KEYS: the shard. ARGV: subject, then numbers in the shard.
-- Returns for each: number, contact, version, record, membership of the subject, of everything (see _ledger), and version
-- and record of the state of each conversation; false for a number that is nobody's.
local shard = KEYS[1]
local numbers = {}
for place = 2, #ARGV do
    numbers[place - 1] = ARGV[place]
end
local answers = {}
for place, contact in ipairs(redis.call('HMGET', shard .. 'numbers', unpack(numbers))) do
    if contact then
        local person = redis.call('HMGET', shard .. 'contact:' .. contact, 'version', 'record', '=' .. ARGV[1], '=*')
        answers[place] = {
            numbers[place], contact, person[1], person[2], person[3], person[4], conversations_of(shard, contact)
        }
    else
        answers[place] = false
    end
end
return answers
