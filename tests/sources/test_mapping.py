"""Which column plays which role: guessed, told why, overridden, saved."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from touchline.errors import SourceError
from touchline.sources import ColumnMapping, Export, Mapped, ScoreRange, open_export


def export_of(folder: Path, header: str, row: str, rows: int = 60, name: str = "file.csv", **said: object) -> Export:
    """An export whose rows come from a template: {i} counts, {w} is one of three words, {d} a day."""
    lines = [
        row.format(i=i, w=("red", "green", "blue")[i % 3], d=f"2024-01-{i % 28 + 1:02}", s=i % 11, five=i % 5 + 1)
        for i in range(rows)
    ]
    path = folder / name
    path.write_text("\n".join([header, *lines]), encoding="utf-8")
    return open_export(path, **said)  # type: ignore[arg-type]


def roles(export: Export) -> dict[str, str]:
    return {c.name: c.role for c in export.columns}


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (
            "Response ID,Customer ID,Submitted at,How likely are you to recommend us?,Why?,Tier",
            "r{i},c{i},{d},{s},words said by number {i} here,{w}",
            ["id", "customer", "time", "score", "text", "segment"],
        ),
        (
            "Nr;Kundennummer;Eingangsdatum;Kommentar;Zufriedenheit;Bundesland",
            "{i};K{i};{d};Das war die Antwort Nummer {i};{five};{w}",
            ["id", "customer", "time", "text", "score", "segment"],
        ),
        (
            "id,fecha,comentario,puntuación,producto",
            "{i},{d},fue la respuesta {i} de muchas,{five},{w}",
            ["id", "time", "text", "score", "segment"],
        ),
        (
            "identifiant,date de création,avis,satisfaction,pays",
            "{i},{d},une réponse de plus {i},{five},{w}",
            ["id", "time", "text", "score", "segment"],
        ),
        (
            "event_id,user_id,company_id,event,timestamp,plan",
            "e{i},u{i},co{w},login_{w},{d}T10:00:00Z,{w}",
            ["id", "customer", "account", "event", "time", "segment"],
        ),
        (
            "order_id,customer_email,order_date,amount,currency,campaign,store",
            "{i},a{i}@b.org,{d},{i}.50,EUR,spring_{w},{w}",
            ["id", "customer", "time", "value", "currency", "campaign", "location"],
        ),
        (
            "ticket_id,created_at,subject,description,channel,agent,team,stage,touchpoint",
            "{i},{d},late parcel {i},it has still not arrived {i},Email,ag{w},{w},{w},{w}",
            ["id", "time", "text", "text", "channel", "agent", "team", "stage", "touchpoint"],
        ),
        (
            "interaction_id,customer_ref,account_ref,occurred_at,kind,author,role,conversation_ref,sequence,text",
            "{i},c{i},a{w},{d},survey,customer,champion,k{w},{i},words {i} of a text",
            ["id", "customer", "account", "time", "kind", "author", "role", "conversation", "sequence", "text"],
        ),
        ("Date,Time,Comment", "{d},10:0{five},it was fine for me {i}", ["time", "time", "text"]),
        (
            "id,date,last updated,first name,phone,blob",
            "{i},{d},{d},Ann{i},+1 555 {i},x{i}",
            ["id", "time", *["attribute"] * 4],
        ),
    ],
)  # fmt: skip
def test_usual_exports_map_themselves(tmp_path: Path, header: str, row: str, expected: list[str]) -> None:
    assert list(roles(export_of(tmp_path, header, row)).values()) == expected


def test_an_id_that_repeats_is_no_id(tmp_path: Path) -> None:
    found = roles(export_of(tmp_path, "ticket_id,date,message", "t{w},{d},message number {i} of it"))
    assert found == {"ticket_id": "conversation", "date": "time", "message": "text"}


def test_every_guess_has_its_reason(tmp_path: Path) -> None:
    export = export_of(tmp_path, "id,date,text,nps,x", "{i},{d},it was number {i},{s},{w}")
    assert all(c.why for c in export.columns)
    assert {c.name: c.looks for c in export.columns} == {
        "id": "number", "date": "time", "text": "text", "nps": "number", "x": "category",
    }  # fmt: skip


def test_scales_are_found(tmp_path: Path) -> None:
    found = export_of(tmp_path, "date,nps,csat,stars,effort", '{d},{s},{five}/5,{five} stars,"{five},0"')
    assert [str(c.score) for c in found.columns[1:]] == ["nps 0-10", "csat 1-5", "rating 1-5", "ces 1-5"]
    answers = found.preview(1)["answers"].to_pylist()[0]
    assert [(a["question"], a["kind"], a["value"]) for a in answers] == [
        ("nps", "nps", 0), ("csat", "csat", 1), ("stars", "rating", 1), ("effort", "ces", 1),
    ]  # fmt: skip


def test_what_is_not_mapped_is_kept_as_an_attribute(tmp_path: Path) -> None:
    export = export_of(tmp_path, "id,date,blob,hue,secret", "{i},{d},x{i},{w},s{i}", overrides={"ignore": "secret"})
    assert export.mapping.segments == ("hue",)
    assert export.preview(1)["attributes"].to_pylist() == [[("blob", "x0"), ("hue", "red")]]


def test_at_most_twelve_segments_are_proposed(tmp_path: Path) -> None:
    names = [f"g{n}" for n in range(20)]
    export = export_of(tmp_path, ",".join(["id", *names]), ",".join(["{i}", *["{w}"] * 20]))
    assert len(export.mapping.segments) == 12
    assert len(export.preview(1)["attributes"].to_pylist()[0]) == 20


def test_overrides(tmp_path: Path) -> None:
    header, row = "a,b,c,d,e,f", "{i},{d},first words {i},second words {i},{s},{w}"
    said = {"id": "a", "time": "b", "text": "d+c", "score:nps": "e", "segment": "f", "kind": "complaint"}
    export = export_of(tmp_path, header, row, overrides=said)
    assert list(roles(export).values()) == ["id", "time", "text", "text", "score", "segment"]
    first = export.preview(1).to_pylist()[0]
    assert (first["interaction_id"], first["text"], first["kind"]) == (
        "0",
        "second words 0\nfirst words 0",
        "complaint",
    )
    assert first["answers"] == [{"question": "e", "kind": "nps", "value": 0.0, "low": 0.0, "high": 10.0}]


def test_a_stated_scale(tmp_path: Path) -> None:
    export = export_of(tmp_path, "date,x", "{d},{five}", overrides={"score:csat:1-7": "x"})
    assert export.mapping.scores == (("x", ScoreRange("csat", 1.0, 7.0)),)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"text": "commment"}, "there is no column 'commment'; did you mean 'comment'?"),
        ({"custmer": "id"}, "there is no role 'custmer'; did you mean customer?"),
        ({"customer": "id,date"}, "one column plays 'customer', not 2"),
        ({"score:wow": "id"}, "there is no score 'wow'"),
        ({"time_format": "backwards"}, "'backwards' is no time format"),
        ({"encoding": "klingon"}, "there is no encoding 'klingon'"),
    ],
)
def test_wrong_overrides_are_told(tmp_path: Path, said: dict[str, str], complaint: str) -> None:
    with pytest.raises(SourceError) as error:
        export_of(tmp_path, "id,date,comment", "{i},{d},fine {i}", overrides=said)
    assert complaint in str(error.value)
    assert "file.csv" in str(error.value)


def test_a_wrong_zone_or_format_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no time zone 'Mars/Base'"):
        export_of(tmp_path, "id,date", "{i},{d}", timezone="Mars/Base")
    with pytest.raises(SourceError, match="no format 'wav'; use one of delimited, dialogues"):
        export_of(tmp_path, "id,date", "{i},{d}", format="wav")


def test_a_mapping_is_saved_and_read_again(tmp_path: Path) -> None:
    header, row = 'id,date,"a ""b""",nps,ü', "{i},{d},fine words {i} here,{s},{w}"
    export = export_of(
        tmp_path, header, row, overrides={"encoding": "utf-8", "segment": "ü", "time_format": "%Y-%m-%d"}
    )
    export.mapping.save(tmp_path / "map.toml")
    loaded = ColumnMapping.load(tmp_path / "map.toml")
    again = open_export(export.path, mapping=loaded)
    assert roles(again) == roles(export)
    assert again.mapping.to_toml() == export.mapping.to_toml()
    assert again.preview() == export.preview()


def test_a_mapping_that_does_not_fit_is_told(tmp_path: Path) -> None:
    mapping = ColumnMapping((Mapped("when", "time"),))
    with pytest.raises(SourceError, match="the mapping names 'when', which the file does not have; its columns are id"):
        export_of(tmp_path, "id,date", "{i},{d}", mapping=mapping)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("kind = ", "no TOML"),
        ('kind = "wish"', "no kind 'wish'"),
        ('[[column]]\nrole = "time"', "no name"),
        ('[[column]]\nname = "a"\nrole = "boss"', "unknown role 'boss'"),
        ('[[column]]\nname = "a"\nrole = "score"\nscore = "wow"', "unknown score 'wow'"),
    ],
)
def test_a_wrong_mapping_file_is_told(text: str, complaint: str) -> None:
    with pytest.raises(SourceError, match=complaint):
        ColumnMapping.from_toml(text, "map.toml")


def test_day_or_month_first_is_decided_from_the_whole_file(tmp_path: Path) -> None:
    rows = [f"{i},03/0{i % 9 + 1}/2024,text number {i}" for i in range(3000)] + ["3000,04/25/2024,the last"]
    path = tmp_path / "file.csv"
    path.write_text("\n".join(["id,date,text", *rows]), encoding="utf-8")
    export = open_export(path)
    assert export.mapping.time_format == "M/D/Y"
    assert "'date' is read as M/D/Y, from its own values" in export.notes
    assert open_export(path, overrides={"time_format": "D/M/Y"}).preview(1)["occurred_at"][0].as_py().month == 1


def test_without_evidence_the_day_comes_first_and_that_is_told(tmp_path: Path) -> None:
    export = export_of(tmp_path, "id,date", "{i},03/04/2024", 5)
    assert export.preview(1)["occurred_at"][0].as_py().date() == date(2024, 4, 3)
    assert any("never tells whether day or month comes first" in note for note in export.notes)


def test_a_file_without_times_gets_one_day_and_that_is_told(tmp_path: Path) -> None:
    export = export_of(tmp_path, "id,comment", "{i},some words {i} again", day=date(2024, 5, 6))
    first = export.preview(1).to_pylist()[0]
    assert (first["occurred_at"].isoformat(), first["date_only"]) == ("2024-05-06T12:00:00+00:00", True)
    assert any("no column of times: every row gets 2024-05-06, as you said" in note for note in export.notes)


def test_rows_tell_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_text(
        "date,event,nps,comment\n2024-01-01,login,,\n2024-01-01,,9,good\n2024-01-01,,,it was slow today\n",
        encoding="utf-8",
    )
    found = open_export(path, overrides={"score:nps": "nps", "event": "event", "text": "comment"}).preview()
    assert found["kind"].to_pylist() == ["event", "survey", "survey"]
    assert found["solicited"].to_pylist() == [None, True, True]


def test_words_of_exports_become_ours(tmp_path: Path) -> None:
    header, row = (
        "id,date,message,speaker,channel,value,language",
        '{i},{d},words {i} and more,Agent,Web Form,"1.234,5{i} €",en-GB',
    )
    first = export_of(tmp_path, header, row, 9).preview(1).to_pylist()[0]
    assert (first["author"], first["channel"], first["language"]) == ("employee", "web", "en")
    assert (str(first["value"]), first["currency"]) == ("1234.5000", "EUR")


def test_the_source_is_named_after_the_file(tmp_path: Path) -> None:
    export = export_of(tmp_path, "id,date", "{i},{d}", name="Post-Delivery Survey 2024-03.csv")
    assert export.preview(1)["source"].to_pylist() == ["post_delivery_survey"]
    assert open_export(export.path, source="crm").preview(1)["source"].to_pylist() == ["crm"]
