-- Pending replies of one conversation: numbers in order, with blanks between, as its field `waiting` has them. Other
-- scripts are joined to this text.

-- What waits without `number`; nil if that does not wait.
local function without(waiting, number)
    local from, to = string.find(' ' .. waiting .. ' ', ' ' .. number .. ' ', 1, true)
    if not from then
        return nil
    end
    local before, after = string.sub(waiting, 1, math.max(from - 2, 0)), string.sub(waiting, to)
    return (before ~= '' and after ~= '') and before .. ' ' .. after or before .. after
end
