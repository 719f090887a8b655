"""The words of the field as types: taxonomy, interactions, mentions, touches. No input or output happens here."""
