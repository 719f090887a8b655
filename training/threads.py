"""One thread of linear algebra: sums are added in one order however many cores there are, so weights are the same."""

from __future__ import annotations


def one_thread() -> None:
    """Hold this process to one thread of linear algebra, from now on; small matrices lose nothing by it."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
