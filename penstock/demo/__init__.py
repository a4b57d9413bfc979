"""The demonstration: one deal's whole life on an embedded chain, held to the exact model after every period."""
