"""The Django project: settings, and the URLs of all apps."""
