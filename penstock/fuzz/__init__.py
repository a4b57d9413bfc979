"""Random runs of a deal by honest and hostile accounts, on the contracts and the exact model at the same time."""
