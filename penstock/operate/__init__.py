"""Operating deployed deals: settle, pay, claim, status, watch."""
