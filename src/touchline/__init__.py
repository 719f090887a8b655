"""Touchline shows where the customer journey breaks, for whom, why, and what to do."""
