"""Transcripts: conversations as Bot Framework activities, whatever channel they took place on.

What a person said in an activity, and an outgoing message as activities, are those of the endpoint for Teams.
"""

from adapters.teams.actions import words
from adapters.teams.activity import KEY, mapping, sequence, text
from adapters.teams.endpoint import answer_to_press
from adapters.teams.render import render

__all__ = ["KEY", "answer_to_press", "mapping", "render", "sequence", "text", "words"]
