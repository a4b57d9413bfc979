"""Mutation testing: small faults put into the contracts and the model, one at a time, for the tests to find."""
