"""What it takes to talk with a language model behind an operation, and to judge what it says.

Nothing here asks a second model: an answer is judged by words that it can only hold if the model
did what it was told (`canary`).
"""
