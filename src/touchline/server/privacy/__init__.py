"""What people may ask of their data, over HTTP: to see it, to have it put right, to be left alone, to be forgotten."""
