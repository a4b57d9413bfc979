"""The only place that knows web3: compile, start nodes, send, call and read, on a real chain or in the process."""
