"""The audit of a live deal: its history rebuilt from logs alone and held against the exact model and the storage."""
