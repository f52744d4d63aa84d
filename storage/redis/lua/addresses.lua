-- Where people are written to.
-- KEYS: the shard. ARGV: contacts.
-- Returns for each: version and record of the state of each of its conversations.
local shard = KEYS[1]
local answers = {}
for place = 1, #ARGV do
    answers[place] = conversations_of(shard, ARGV[place])
end
return answers
