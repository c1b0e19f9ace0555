"""The soak: a worker for a long time at a steady rate, and before a deep backlog; is its memory flat?"""
