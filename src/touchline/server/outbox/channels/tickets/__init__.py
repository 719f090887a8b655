"""Tickets in other systems, one module each: what they share is in `shape`."""
