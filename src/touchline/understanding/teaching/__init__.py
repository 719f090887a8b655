"""Learning from a company's own labels: a correction of each head, added to what the reader knows.

`lesson` holds the labels, `regression` fits, `checking` chooses how far to go and says what it brought, `taught` is
what the reader applies, `teacher` has a large encoder label more texts, `choosing` picks the texts to label next.
"""
