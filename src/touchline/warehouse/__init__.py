"""Where questions are asked: tables rebuilt from the journal at any time, behind one contract for every engine."""
