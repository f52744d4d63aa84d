"""One turn, decided: `take_turn(snapshot, event, now, ids) -> Turn`. Pure."""
