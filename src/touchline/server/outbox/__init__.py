"""The outbox: what Touchline tells other systems, at least once and in order.

Whoever has something to tell writes it down in the transaction that makes it true (`facade.put`); threads of the web
process send it (`worker`), through one of the `channels`. What a receiver answers decides when it is tried again
(`schedule`). What could not be delivered stays, is shown, and can be sent again.
"""
