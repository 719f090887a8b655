"""Intake: records, events, webhooks and files over HTTP, into the journal. Runs in the door process."""
