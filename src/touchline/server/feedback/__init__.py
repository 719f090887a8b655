"""What customers wrote: the inbox, its corrections, what could not be taken in, and the search across everything."""
