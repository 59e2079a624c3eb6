"""OWASP ZAP as an engine; where none is found the plan leaves it out and says so."""
