"""Mutation testing: small faults put into the code, one at a time, for the tests to find. See docs/MUTATION.md."""
