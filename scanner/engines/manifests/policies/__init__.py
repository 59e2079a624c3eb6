"""The policies, by what they are about; each file holds their rules beside their logic."""
