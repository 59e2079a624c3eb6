"""What both postures share: the model, the stores, the assistant, the answer schemas.

Nothing here decides who may do what. That is each posture's own work, so that its folder
shows the whole of its security on its own.
"""
