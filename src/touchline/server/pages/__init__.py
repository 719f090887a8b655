"""The frame of all pages: the base template with its navigation, the stylesheet, and pages for errors."""
