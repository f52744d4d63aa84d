-- For scripts that are asked about many shards at once. Other scripts are joined to this text.

-- Returns what `of_shard` returns of each shard that ARGV names behind the first `words` words; null for nil.
local function each_shard(words, of_shard)
    local answers = {}
    for place = words + 1, #ARGV do
        answers[#answers + 1] = of_shard(ARGV[place]) or false
    end
    return answers
end
