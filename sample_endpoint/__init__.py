"""The bundled inference endpoint, in a hardened and a deliberately weak posture.

The scanner is tried on it: what is wrong with the weak posture is declared in
`weaknesses.toml`, and nothing above *info* may be found in the hardened one.
"""
