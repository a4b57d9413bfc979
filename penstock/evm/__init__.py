"""Any EVM chain: compile, start nodes, send, call and read, on a node or in the process. Knows no deal."""
