-- A contact as staff has it.
-- KEYS: the shard. ARGV: what save_contact takes. Returns what it does.
local _, outcome = save_contact(KEYS[1], 1, true)
return outcome
