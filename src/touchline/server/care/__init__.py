"""Cases: one customer's recovery, from open to closed, with its deadlines, its words and its whole history."""
