"""The processes that `touchline serve` supervises."""
