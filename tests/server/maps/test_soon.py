"""What takes long is made once, beside the request, and is there for whoever asks later."""

from __future__ import annotations

import threading

import pytest

from touchline.server.maps.soon import soon


def test_it_is_made_once_however_many_ask_meanwhile():
    go, made = threading.Event(), []

    def make():
        go.wait(10)
        made.append(1)
        return "figures"

    assert soon("a", make, 0.01) is None
    assert soon("a", make, 0.01) is None
    go.set()
    assert soon("a", make, 10) == "figures"
    assert made == [1]
    assert soon("a", lambda: "newer", 10) == "newer"


@pytest.mark.parametrize("error", [ValueError("a bad filter"), TimeoutError("too slow")])
def test_what_went_wrong_is_told_to_whoever_asks_and_tried_again(error):
    def fails():
        raise error

    with pytest.raises(type(error), match=str(error)):
        soon("b", fails, 10)
    assert soon("b", lambda: 1, 10) == 1
