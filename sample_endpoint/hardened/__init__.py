"""The endpoint as it should be: the scanner is expected to find nothing here."""
