"""`touchline detectable`."""


def test_it_says_what_cannot_be_seen_at_a_volume(run):
    found = run("detectable", "--per-day", "14", "--monitors", "8", "--drop", "3", "--json").json
    assert "not detectable within 60 days at 14 touches a day" in found["meaning"]
    assert [row["within"] for row in found["rows"]] == [False]
    assert found["rows"][0]["days"] > found["rows"][0]["bound"]
    assert "Bound" in run("detectable", "--per-day", "2000").out
