"""From one finished scan to a pack for auditors: what it says about each control, and why."""
