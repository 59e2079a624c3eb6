"""Engines: each turns a task into findings and coverage."""
