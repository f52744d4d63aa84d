"""The shape of a flow file. `flows.model.bot.Bot` is the root."""
