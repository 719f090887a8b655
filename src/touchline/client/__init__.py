"""Asking a server: the same questions and the same figures as of a workspace that is open here.

``touchline.connect("https://touchline.example", "tl_...")`` gives a `Remote`. It needs httpx:
``pip install 'touchline[client]'``.
"""

from __future__ import annotations

from touchline.client.remote import Remote, Sent
from touchline.client.serving import Serving, serving

__all__ = ["Remote", "Sent", "Serving", "connect", "serving"]


def connect(url: str, key: str, *, workspace: str = "", seconds: float = 120.0, tries: int = 5) -> Remote:
    """Return a workspace of a server, to be asked as one that is open here.

    Args:
        url: The server's address: ``https://touchline.example``.
        key: An API key; what it may do and see is what you may.
        workspace: The workspace's slug, where the key does not say it.
        seconds: What one answer may take.
        tries: How often is asked at most where the server is busy or cannot be reached.

    Raises:
        InputError: The address is none, or httpx is not installed.

    >>> connect("http://127.0.0.1:8765", "tl_key")
    Remote('http://127.0.0.1:8765', workspace='')
    """
    return Remote.to(url, key, workspace=workspace, seconds=seconds, tries=tries)
