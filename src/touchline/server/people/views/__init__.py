"""The pages: coming in, one's own account, and a workspace's settings."""
