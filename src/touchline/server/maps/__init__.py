"""Journey maps that people keep together: every change with its inverse, comments, links, and what was measured."""
