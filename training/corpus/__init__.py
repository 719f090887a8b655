"""The labelled corpus."""
