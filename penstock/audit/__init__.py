"""The audit of a live deal: replays its logs in the exact model and compares the result with the chain."""
