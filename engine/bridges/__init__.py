"""Other people's models inside ours, one library per file."""
