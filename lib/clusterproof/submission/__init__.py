"""Submissions of the programme: reading, rules, and what is official."""
