"""A simulated world: a retailer's customers, what they do and say, and the truth about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from touchline.errors import InputError
from touchline.simulation.journey import live
from touchline.simulation.people import populate
from touchline.simulation.pools import pools
from touchline.simulation.seasons import seasons
from touchline.simulation.story import Story, tell
from touchline.simulation.tables import Block, tabulate
from touchline.simulation.verbatim_bank import verbatims
from touchline.simulation.walk import Walk

#: The first day of a world, where nothing else is said.
START: Final = date(2025, 11, 1)
DAYS: Final = 365
#: Customers are simulated in blocks of this many, each with a source of chance of its own: what happens to a
#: customer depends on the seed and the customer's number only; a larger world begins with the smaller one.
BLOCK_CUSTOMERS: Final = 2_000
#: No chunk of interactions is longer.
CHUNK_ROWS: Final = 50_000


@dataclass(frozen=True, slots=True)
class World:
    """A recipe for a world; blocks are made when asked for, so that memory stays bounded.

    Attributes:
        customers: How many live in it.
        seed: Equal recipes give equal worlds.
        story: The planted effects.
        industries: Whose verbatims are drawn.
    """

    customers: int
    seed: int
    story: Story
    industries: tuple[str, ...]

    def blocks(self) -> Iterator[Block]:
        """Make the world, block by block: interactions with their truth, customers and incidents."""
        calendar = seasons(self.story.start, self.story.days)
        words = pools(verbatims(), self.industries)
        for number, first in enumerate(range(0, self.customers, BLOCK_CUSTOMERS)):
            rng = np.random.default_rng([self.seed, number])
            people = populate(rng, self.story, calendar, first, BLOCK_CUSTOMERS)
            walk = Walk(rng, people, self.story, calendar, words)
            live(walk)
            yield tabulate(walk, min(BLOCK_CUSTOMERS, self.customers - first))

    def interactions(self) -> Iterator[pa.Table]:
        """Yield what the company sees: chunks of `touchline.vocabulary.schemas.RAW_INTERACTIONS`."""
        for block in self.blocks():
            yield from chunks(block.interactions)

    def truth(self) -> Iterator[pa.Table]:
        """Yield the truth about the interactions, in their order: schema `truth.TRUTH`."""
        for block in self.blocks():
            yield from chunks(block.truth)


def chunks(table: pa.Table) -> Iterator[pa.Table]:
    """Cut a table into pieces of at most `CHUNK_ROWS` rows."""
    for offset in range(0, table.num_rows, CHUNK_ROWS):
        yield table.slice(offset, CHUNK_ROWS)


def began(today: date) -> date:
    """Return the first day of a world that ended within the week before a day; weekdays stay what they are.

    >>> began(date(2026, 11, 1)), began(date(2026, 11, 23))
    (datetime.date(2025, 11, 1), datetime.date(2025, 11, 22))
    """
    return START + timedelta(weeks=((today - START).days - DAYS) // 7)


def simulate(
    customers: int,
    seed: int,
    *,
    start: date = START,
    days: int = DAYS,
    industries: tuple[str, ...] = ("retail",),
) -> World:
    """Describe a world of a retailer's customers over some time.

    Args:
        customers: How many, at least 1; each has some 25 interactions a year.
        seed: A number, 0 or more; equal arguments give equal worlds.
        start: First day.
        days: Length in days, at least 1.
        industries: Whose verbatims are drawn: ``retail`` fits the story, others may be added.

    Raises:
        InputError: There would be no customer or no day, or the seed is negative.

    >>> world = simulate(100, seed=1)
    >>> next(world.interactions()).num_rows > 1000
    True
    """
    for name, value, least in (("customers", customers, 1), ("days", days, 1), ("seed", seed, 0)):
        if value < least:
            raise InputError(f"{name} is {value}", todo=f"give {least} or more")
    return World(customers, seed, tell(start, days), industries)
