"""What the journey is worth: revenue, churn, lifetime value, impact of a change, forecasts."""
