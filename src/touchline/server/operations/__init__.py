"""Running a server: is it well, how much does it do, what does it log, and what does it do by the clock."""
