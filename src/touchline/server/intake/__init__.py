"""Intake: records, events, webhooks and files over HTTP, into the journal. Runs in the door process.

A request's way: who may (`keys`), is there room (`room`), its bytes (`bodies`), its items (`items`), and then, for all
requests that wait at that moment together, columns (`reading`), ids and redaction (`touchline.workspace.accept`), and
one commit per workspace (`lanes`). Only then is it answered.
"""
