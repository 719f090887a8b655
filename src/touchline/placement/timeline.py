"""Order, positions, conversations and attributes along each customer's timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.vocabulary.coded import Coded, Ints, carry_forward, combine, mix, starts

_DAY: Final = 86_400_000_000  # in microseconds
SILENCE: Final = 7 * _DAY
LONGEST: Final = 30 * _DAY


def order(customer: Ints, at: Ints, sequence: Ints, progress: Ints, ids: pa.Array) -> Ints:
    """Return the rows sorted by customer and time; ties by sequence, progress stage, id.

    The ids, being strings, are compared only where everything else is equal.
    """
    rows = np.lexsort((progress, sequence, at, customer)).astype(np.int64)
    keys = [column[rows] for column in (customer, at, sequence, progress)]
    tied = np.ones(max(len(rows) - 1, 0), dtype=np.bool_)
    for key in keys:
        tied &= key[1:] == key[:-1]
    if not tied.any():
        return rows
    member = np.zeros(len(rows), dtype=np.bool_)
    member[1:] |= tied
    member[:-1] |= tied
    among = np.flatnonzero(member)
    rank = np.empty(len(among), dtype=np.int64)
    names = ids.take(pa.array(rows[among]))
    rank[pc.sort_indices(names).to_numpy()] = np.arange(len(among))
    group = np.cumsum(np.concatenate([[True], ~tied]))[among]
    rows[among] = rows[among][np.lexsort((rank, group))]
    return rows


@dataclass(frozen=True, slots=True)
class Conversations:
    """The conversation of every row: a dense number and a stable key."""

    number: Ints
    key: Ints


def conversations(customer: Ints, start: Ints, at: Ints, source: Coded, thread: Coded) -> Conversations:
    """Cut timelines into conversations.

    Rows of one customer, source and thread belong together until 7 days of silence, or 30 days after the first; a
    row without a thread is a conversation of its own. All arguments are in timeline order.
    """
    rows = np.arange(len(customer), dtype=np.int64)
    alone = thread.codes < 0
    threads, _ = combine([start, source.codes, np.where(alone, rows + len(thread.names), thread.codes)])
    by_thread = np.lexsort((rows, threads))
    sorted_threads, sorted_at = threads[by_thread], at[by_thread]
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = (sorted_threads[1:] != sorted_threads[:-1]) | (sorted_at[1:] - sorted_at[:-1] > SILENCE)
    while True:  # each round opens, in every conversation that is too long, one new conversation
        first = np.maximum.accumulate(np.where(new, rows, 0)) if len(rows) else rows
        late = np.flatnonzero(sorted_at - sorted_at[first] > LONGEST)
        if not len(late):
            break
        new[late[np.unique(first[late], return_index=True)[1]]] = True
    opener = np.empty(len(rows), dtype=np.int64)  # the timeline row that opened each row's conversation
    opener[by_thread] = by_thread[first]
    number = np.unique(opener, return_inverse=True)[1].astype(np.int64)
    return Conversations(number, mix(customer, opener - start))


def as_of(values: Coded, customer: Ints, start: Ints, at: Ints, since: Ints) -> Coded:
    """Return, for every row, the value that held for its customer then.

    Args:
        values: What each row states; NULL where it states nothing. In timeline order, as all arguments.
        customer: Customer keys.
        start: Index of the customer's first row.
        at: Time of each row.
        since: Since when each row's statement holds; where it equals ``at`` everywhere, a carry forward does it.
    """
    stated = values.codes >= 0
    if bool((since[stated] == at[stated]).all()):
        return Coded(carry_forward(values.codes, start), values.names)
    told = np.flatnonzero(stated)
    group = np.concatenate([start[told], start])
    time = np.concatenate([since[told], at])
    asking = np.concatenate([np.zeros(len(told), np.int64), np.ones(len(at), np.int64)])
    serial = np.concatenate([told, np.arange(len(at))])
    merged = np.lexsort((asking, serial, time, group))
    codes = np.concatenate([values.codes[told], np.full(len(at), -1)])[merged]
    filled = carry_forward(codes, starts(group[merged]))
    out = np.full(len(at), -1, dtype=np.int64)
    asked = asking[merged] == 1
    out[serial[merged][asked]] = filled[asked]
    return Coded(out, values.names)
