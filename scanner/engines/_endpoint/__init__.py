"""What every engine that attacks a running endpoint needs: its description, its life."""
