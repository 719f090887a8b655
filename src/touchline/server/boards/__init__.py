"""Board reports: sections, period and segments that people pick, on paper, in files, and sent by the clock."""
