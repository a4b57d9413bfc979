"""The longer commands of the command line: each reads its options, calls, and prints."""
