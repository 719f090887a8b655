"""What is checked in the documentation, one file per question."""
