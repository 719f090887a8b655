"""The words of the field as types: taxonomy, interactions, mentions, touches."""
