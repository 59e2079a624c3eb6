"""Results of red-team tools that ran elsewhere, taken into the same gate.

They are rates of a random model, judged by detectors that err; so they are tentative here. What was
not evaluated is a gap, never a pass.
"""
