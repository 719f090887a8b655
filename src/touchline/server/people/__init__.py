"""People, their roles in workspaces, API keys, sessions, and the audit log of who did and saw what."""
