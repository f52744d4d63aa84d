"""The filter language: conditions on people, as text, as JSON, and what they mean."""
