"""The pages of maps."""
