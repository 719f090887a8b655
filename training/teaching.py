"""What labels bring: sentiment with labels of one's own domain, and stages of a taxonomy that no training saw.

Labels are drawn five times; every draw is judged on all that it left out. Nothing here is used to choose anything.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from touchline.evaluation import evaluate
from touchline.evaluation.labels import Labelled, Labels
from touchline.settings import Settings
from touchline.understanding.teaching.learning import teach
from touchline.understanding.teaching.lesson import Lesson
from touchline.understanding.teaching.teacher import Encodes, Teacher
from touchline.vocabulary.taxonomy import Taxonomy
from training.corpus.reading import corpus
from training.public import bitext
from training.split import TEST

if TYPE_CHECKING:
    from touchline.understanding.fast.reader import FastUnderstander

DRAWS: Final = 5
SENTIMENT_LABELS: Final = (0, 50, 200)
SHOTS: Final = (0, 8, 32)
TEACHER_TEXTS: Final = 1_000
_SIGNS: Final = {-1: "negative", 0: "neutral", 1: "positive"}

#: Stages for Bitext's support requests, written from the names of its categories and three examples of each.
REQUESTS: Final = """
taxonomy: requests
name: Requests to an online shop
description: What people ask the customer service of an online shop to do for them.
stages:
  - id: order
    name: Order
    kind: progress
    description: Placing, changing, cancelling or following a purchase and the items in it.
    examples:
      - I want to cancel my order
      - can I swap an item in my purchase
      - I would like to buy two of these
      - where is my order right now
      - please take one product out of order 00123
  - id: shipping_address
    name: Shipping address
    kind: progress
    description: Entering, changing or correcting the address that parcels are sent to.
    examples:
      - I need to change my shipping address
      - the delivery address I typed is wrong
      - how do I add a second address to send things to
      - the form does not accept my address
      - update the address for my parcels to my new home
  - id: cancellation_fee
    name: Cancellation fee
    kind: progress
    description: The fee or penalty for ending a contract or cancelling early.
    examples:
      - how much is the cancellation fee
      - do I pay a penalty if I leave early
      - what does terminating the contract cost
      - show me the early exit charge
      - is there a withdrawal fee
  - id: invoice
    name: Invoice
    kind: progress
    description: Finding, downloading or checking bills and invoices.
    examples:
      - I need my invoice for March
      - where can I download the bill
      - send me the bills of last year
      - I cannot find an invoice from Mr Brown
      - let me look at my latest bill
  - id: payment
    name: Payment
    kind: progress
    description: Ways to pay, and payments that fail or go wrong.
    examples:
      - which payment methods do you take
      - my payment did not go through
      - can I pay with my credit card or PayPal
      - there is an error when I try to pay
      - report an issue with a payment
  - id: refund
    name: Refund
    kind: progress
    description: Getting money back, the rules for it, and how far a refund is.
    examples:
      - I want my money back
      - what is your refund policy
      - has my refund been processed yet
      - give me a reimbursement of 50 dollars
      - when will I get the rebate
  - id: feedback
    name: Feedback
    kind: progress
    description: Leaving a review, an opinion or a formal complaint about the company or a product.
    examples:
      - I want to file a complaint
      - how can I leave a review
      - I would like to share my opinion of your service
      - where do I lodge a claim against the company
      - let me comment on a product I bought
  - id: contact
    name: Contact
    kind: progress
    description: Reaching customer service or a person, by phone, chat or mail, and when they can be reached.
    examples:
      - I want to talk to a human
      - what is the phone number of customer support
      - when are you open for calls
      - put me through to an agent
      - how do I get in touch with someone
  - id: account
    name: Account
    kind: progress
    description: Opening, closing, changing or recovering a user account, its type, profile and password.
    examples:
      - I want to open an account
      - delete my profile please
      - I forgot my password
      - upgrade me to the premium account
      - change the personal data in my account
  - id: delivery
    name: Delivery
    kind: progress
    description: Shipping options, and when a parcel will arrive.
    examples:
      - what shipping options do you offer
      - when will my parcel arrive
      - do you ship abroad
      - how long does delivery take
      - can I have it by express
  - id: newsletter
    name: Newsletter
    kind: progress
    description: Subscribing to the newsletter, or leaving it.
    examples:
      - sign me up for the newsletter
      - stop sending me your newsletter
      - I want to unsubscribe from your mailing list
      - how do I subscribe to your news
      - take me off the newsletter
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What so many labels brought.

    Attributes:
        set: The data.
        labels: How many labels the reader was taught with; per stage for stages.
        n: Texts that it was judged on, on average.
        mean: Macro-F1, the mean of the draws.
        spread: Standard deviation of the draws; 0 where there is one only.
    """

    set: str
    labels: int
    n: int
    mean: float
    spread: float


def rows(reader: FastUnderstander | None = None) -> list[Row]:
    """Return both tables; ``reader`` gives other weights than the shipped ones."""
    return [*sentiment(reader), *stages(reader)]


def sentiment(
    reader: FastUnderstander | None = None, domains: Sequence[str] = TEST, sizes: Sequence[int] = SENTIMENT_LABELS
) -> Iterator[Row]:
    """Yield how well sentiment is read in domains without and with labels of their own."""
    reader = reader or _reader(Taxonomy.template("b2c"))
    items = [item for item in corpus() if item.domain in domains]
    labelled = [
        Labelled(i, item.text, labels={"sentiment": _SIGNS[item.whole.sentiment]}) for i, item in enumerate(items)
    ]
    taxonomy = Taxonomy.template("b2c")
    for size in sizes:
        scores, judged = [], []
        for draw in range(DRAWS):
            order = np.random.default_rng(draw).permutation(len(labelled))
            # all sizes are judged on the same rows
            shown, rest = [labelled[i] for i in order[:size]], [labelled[i] for i in order[max(sizes) :]]
            scores.append(_judged(reader, shown, rest, "sentiment", taxonomy))
            judged.append(len(rest))
        yield _row(f"sentiment, {', '.join(domains)}", size, judged, scores)


def stages(
    reader: FastUnderstander | None = None, shots: Sequence[int] = SHOTS, encoder: Encodes | None = None
) -> Iterator[Row]:
    """Yield how well stages are read that training never saw, from their descriptions alone and with labels.

    Args:
        reader: With other weights than the shipped ones.
        shots: Labels per stage.
        encoder: A teacher, for `TEACHER_TEXTS` more texts without labels.
    """
    taxonomy = Taxonomy.parse(REQUESTS)
    reader = reader or _reader(taxonomy)
    learnt, rest = (
        [
            Labelled(i, text, labels={"stage": category.lower()})
            for i, (text, category) in enumerate(dict.fromkeys(bitext(part)))
        ]
        for part in ("train", "test")
    )
    seen = {row.text for row in learnt}
    rest = [row for row in rest if row.text not in seen]
    for shot in shots:
        scores = []
        for draw in range(DRAWS if shot else 1):
            rng = np.random.default_rng(draw)
            shown = []
            for stage in taxonomy.ids:
                mine = [row for row in learnt if row.labels["stage"] == stage]
                shown += [mine[i] for i in rng.permutation(len(mine))[:shot]]
            chosen = {row.text for row in shown}
            others = [row.text for row in learnt if row.text not in chosen]
            more = [others[i] for i in rng.permutation(len(others))[:TEACHER_TEXTS]] if encoder else []
            scores.append(_judged(reader, shown, rest, "stage", taxonomy, encoder, more))
        name = "stages never seen (Bitext)" + (", with the encoder" if encoder else "")
        yield _row(name, shot, [len(rest)], scores)


def _reader(taxonomy: Taxonomy) -> FastUnderstander:
    from touchline.understanding.fast.reader import FastUnderstander

    return FastUnderstander(taxonomy)


def _judged(
    reader: FastUnderstander,
    shown: Sequence[Labelled],
    rest: Sequence[Labelled],
    kind: str,
    taxonomy: Taxonomy,
    encoder: Encodes | None = None,
    more: Sequence[str] = (),
) -> float:
    lesson = Lesson.of((row.text, row.labels) for row in shown)
    teacher = Teacher(encoder, reader, lesson, more) if encoder and len(lesson) else None
    learnt = teach(reader, lesson, teacher=teacher)
    found = evaluate(
        Labels("rest", tuple(rest), (kind,)),
        understander=reader.with_taught(learnt.taught),
        taxonomy=taxonomy,
        settings=Settings(),
        mistakes=0,
        replicates=10,
    )
    return found.of(kind).macro_f1.value


def _row(name: str, labels: int, judged: Sequence[int], scores: Sequence[float]) -> Row:
    spread = float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0
    return Row(name, labels, round(float(np.mean(judged))), float(np.mean(scores)), spread)


if __name__ == "__main__":
    from touchline.understanding.encoder import Encoder

    for row in stages(encoder=Encoder()) if sys.argv[1:] == ["accurate"] else rows():
        print(f"{row.set:<40} {row.labels:>5} labels {row.n:>6} texts  {row.mean:.3f} ± {row.spread:.3f}")
