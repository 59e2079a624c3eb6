"""Reporters: each renders one finished scan to text, and decides nothing."""
