"""The API: every question of the engine over HTTP, at ``/api/v1``, and its description."""
