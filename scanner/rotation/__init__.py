"""Zero-downtime rotation of an endpoint's API key.

`model` holds the values, `steps` decides purely what comes next, `rotate` carries it out through
the two protocols of `ports`: a secret manager (one module each) and the endpoint that takes keys.
"""
