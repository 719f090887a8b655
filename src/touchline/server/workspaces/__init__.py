"""The workspaces (tenants) of this server: a row each here, a folder each on disk, held open by the web process."""
