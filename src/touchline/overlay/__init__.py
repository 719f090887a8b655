"""What was measured, laid over a designed journey: overlays, gaps, priorities, personas, narratives."""
