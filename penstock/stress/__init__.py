"""Thousands of futures of a deal: a revenue model's scenarios, settled exactly. docs/STRESS.md."""
