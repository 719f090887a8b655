"""The verbatims are many, distinct, well spread, and labelled with words that exist."""

from collections import Counter

import numpy as np
import pytest

from touchline.errors import InputError
from touchline.simulation.pools import ANY, pools
from touchline.simulation.story import INCIDENTS
from touchline.simulation.verbatim_bank import (
    COLUMNS,
    LANGUAGES,
    STAGES,
    STYLES,
    agent_replies,
    parse,
    verbatims,
)
from touchline.vocabulary.schemas import EFFORTS, EMOTIONS, RESOLUTIONS
from touchline.vocabulary.taxonomy import Taxonomy


def test_there_are_more_than_twelve_hundred_and_no_two_are_alike() -> None:
    texts = [" ".join(v.text.casefold().split()) for v in verbatims()]
    assert len(texts) >= 1200
    assert len(set(texts)) == len(texts)


def test_no_two_retail_texts_share_most_of_their_words() -> None:
    words = [frozenset(v.text.casefold().split()) for v in verbatims() if len(v.text.split()) >= 5]
    alike = [(a, b) for i, a in enumerate(words) for b in words[i + 1 :] if len(a & b) > 0.6 * len(a | b)]
    assert alike == []


def test_every_stage_and_sentiment_has_ten_that_fit_a_retailer() -> None:
    counts = Counter((v.main.stage, v.main.sentiment) for v in verbatims() if v.industry == "retail")
    assert {(stage, sign): counts[stage, sign] for stage in STAGES for sign in (-1, 0, 1)
            if counts[stage, sign] < 10} == {}  # fmt: skip


def test_industries_languages_and_styles_are_spread() -> None:
    assert len({v.industry for v in verbatims()}) >= 9
    assert {v.language for v in verbatims()} == set(LANGUAGES)
    styles = Counter(v.style for v in verbatims())
    assert set(styles) == set(STYLES)
    assert min(styles.values()) >= 15


def test_the_labels_are_words_of_the_vocabulary() -> None:
    taxonomy = Taxonomy.template("b2c")
    assert taxonomy.ids == STAGES
    spoken = [s for v in verbatims() for s in v.spoken]
    assert {s.stage for s in spoken} == set(STAGES)
    assert {s.sentiment for s in spoken} == {-1, 0, 1}
    assert {s.emotion for s in spoken} <= set(EMOTIONS)
    assert {s.effort for s in spoken} <= set(EFFORTS)
    assert {s.resolution for s in spoken} <= set(RESOLUTIONS)
    themes = {s.theme for s in spoken} - {None}
    assert {theme for theme in themes if taxonomy.theme(theme) is None} == set()


def test_mixed_verbatims_say_two_things_and_the_others_one() -> None:
    assert all((len(v.spoken) > 1) == (v.style == "mixed") for v in verbatims())


def test_every_incident_can_be_spoken_of_where_it_happens_and_in_support() -> None:
    spoken_of = Counter((v.main.stage, v.main.theme, v.main.sentiment) for v in verbatims() if v.industry == "retail")
    for incident in INCIDENTS:
        assert spoken_of[incident.stage, incident.theme, -1] >= 7
        if incident.resurfaces:
            assert min(spoken_of["support", incident.in_support, sign] for sign in (-1, 0, 1)) >= 3


def test_a_draw_has_the_language_stage_sentiment_and_theme_that_were_asked_for() -> None:
    bank = verbatims()
    words = pools(bank, ["retail"])
    theme = words.themes.index("late_delivery")
    n = 400
    rng = np.random.default_rng(1)
    for language in range(len(LANGUAGES)):
        drawn = words.draw(
            rng.random(n),
            np.full(n, language),
            np.full(n, STAGES.index("delivery")),
            np.full(n, -1),
            np.full(n, theme),
        )
        kinds = {(bank[k].language, bank[k].main.stage, bank[k].main.sentiment, bank[k].main.theme) for k in drawn}
        assert kinds == {(LANGUAGES[language], "delivery", -1, "late_delivery")}
        assert len(set(drawn.tolist())) > 2


def test_who_speaks_of_no_incident_does_not_tell_of_another_stages_incident() -> None:
    bank = verbatims()
    words = pools(bank, ["retail"])
    n = 2000
    support = np.full(n, STAGES.index("support"))
    drawn = words.draw(np.random.default_rng(2).random(n), np.zeros(n, int), support, np.full(n, -1), np.full(n, ANY))
    elsewhere = {i.theme for i in INCIDENTS if i.stage != "support"}
    assert {bank[k].main.theme for k in drawn} & elsewhere == set()


def test_an_industry_without_words_for_a_stage_is_refused() -> None:
    with pytest.raises(InputError, match="nobody in airline says anything of awareness"):
        pools(verbatims(), ["airline"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("en\tretail\tterse\tdelivery -1 anger none na -", "x.tsv:2: 4 columns, not 5"),
        ("en\tretail\tterse\tdelivery -1 anger none\tLate", "has 4 parts"),
    ],
)
def test_a_wrong_line_is_told_with_its_place(line: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse("\t".join(COLUMNS) + "\n" + line, "x.tsv")


def test_a_wrong_header_is_told() -> None:
    with pytest.raises(InputError, match="the header is wrong"):
        parse("text\ttruth\n", "x.tsv")


def test_agents_have_something_to_say_too() -> None:
    texts = {text for _, text in agent_replies()}
    assert len(texts) == len(agent_replies()) >= 15
    assert {theme for theme, _ in agent_replies()} == {i.in_support for i in INCIDENTS} | {"-"}
