"""Calls to other machines: the only way out.

Every address that a host name stands for is looked at before anything is connected, and what is connected is the
address that was looked at. Nothing is redirected. See [the page on security](../../../docs/security.md).
"""

from touchline.outgoing.addresses import Target, refusal
from touchline.outgoing.client import Answer, Client
from touchline.outgoing.policy import ALLOW, Policy, Receiver

__all__ = ["ALLOW", "Answer", "Client", "Policy", "Receiver", "Target", "refusal"]
