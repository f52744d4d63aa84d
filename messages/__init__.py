"""The values everything speaks in: ids, conversation references, inbound events, outgoing messages, effects, errors."""
