"""What the bots of Hearts have in common."""
