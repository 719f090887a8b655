"""Where data come from and how they are read: sources, uploads, stages, what was taught, how long things are kept."""
