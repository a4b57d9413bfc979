"""Exact twins of contracts/links, name for name: what was measured, certified and billed. Knows no chain."""
