"""What is scanned here is no test."""

collect_ignore = ["repo", "fixed"]
