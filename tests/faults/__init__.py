"""The whole under faults of network, broker, database and processes."""
