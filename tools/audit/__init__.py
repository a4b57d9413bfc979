"""Proofs, static analysis and an independent campaign in one table: `make audit`, docs/FORMAL.md."""
