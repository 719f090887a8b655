"""Plays: recipes that start by themselves when a customer is hurt, and whose effect is measured.

A recipe (`recipe`) says what starts it (`triggers`), for whom, and the steps with their deadlines. What comes in live,
or an alert or a gate tells, starts runs (`running`), once, in one transaction with the position up to which was read. A
run opens a case, drafts messages in the customer's language (`messages`), and is followed by the clock (`following`); a
share of customers is held out by a keyed hash, so that the effect can be told (`effect`).
"""
