"""Monitors that watch live data, the alerts that they raise, and the gates that customers pass or not."""
