"""What browsers fetch: our style, and libraries from npm (``static/vendor``, put there when the package is built)."""
