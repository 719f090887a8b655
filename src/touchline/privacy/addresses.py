"""Finds postal addresses: a street with a house number, and the flat, postcode and town that stand beside it.

Streets are told by their words in English, German, Dutch, French, Spanish, Portuguese and Italian. A postcode by
itself counts where its form is beyond doubt (United Kingdom, Canada); a town by itself never does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from touchline.privacy.places import Places, matches

_CAP: Final = r"[A-ZÀ-ÖØ-Þ][\w'’.-]{0,30}"
_NUMBER: Final = r"\d{1,5}(?:[ ]?[a-zA-Z]\b)?(?:[ ]?[-/–][ ]?\d{1,4}[a-zA-Z]?)?"
_STRONG: Final = r"street|road|avenue|boulevard|lane|blvd|ave|rd|parkway|pkwy|highway|hwy|crescent|terrace|mews"
_WEAK: Final = (
    r"st|ln|drive|dr|court|ct|way|close|place|pl|square|sq|gardens|grove|row|hill|walk|park|green|view|rise|circle|cir"
    r"|trail|trl|quay|wharf|parade|broadway|esplanade|mall|loop|plaza|alley|turnpike|embankment|vale|path"
)
_TITLED: Final = "|".join(word.capitalize() for word in f"{_STRONG}|{_WEAK}".split("|"))
_COMPASS: Final = r"(?:[ ](?:[NSEW]|NE|NW|SE|SW|North|South|East|West)\b\.?)?"
_UNIT: Final = (
    r"(?:flat|apt\.?|apartment|unit|suite|ste\.?|room|floor|house|appt?\.?|appartement|bât\.?|piso|puerta|int\.?"
    r"|interno|apto\.?|bloco|wohnung|whg\.?|#)[ ]?[A-Za-z]?\d{0,4}[A-Za-z]?\b"
)
UK_POSTCODE: Final = (
    r"(?:GIR[ ]0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRVWXY])[ ]?"
    r"\d[ABD-HJLNP-UW-Z]{2})"
)
CANADIAN_POSTCODE: Final = r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ ]\d[ABCEGHJ-NPRSTV-Z]\d"
_TOWN: Final = rf"{_CAP}(?:[ -](?:{_CAP}|am|an|der|den|de|la|le|do|da|sur|upon|on|of|in)){{0,4}}"
#: Postcode with town in either order, as it follows a street.
_PLACE: Final = (
    rf"(?:{UK_POSTCODE}\b|{CANADIAN_POSTCODE}\b"
    rf"|(?:[A-Z]{{1,2}}-)?\d{{4,5}}(?:-\d{{3,4}})?(?:[ ][A-Z]{{2}}\b)?(?:[ ]{_TOWN})?"
    rf"|{_TOWN}(?:,?[ ][A-Z]{{2,3}}\b)?(?:,?[ ](?:{UK_POSTCODE}\b|{CANADIAN_POSTCODE}\b|\d{{4,5}}(?:-\d{{3,4}})?\b)))"
)
_TAIL_PLACE: Final = re.compile(rf"(?:[ ]?[,\n·-][ ]?|[ ](?:(?:in|à|en|a|em|te)[ ])?)(?:{_TOWN}[ ]?,[ ]?)?{_PLACE}")
_TAIL_STATE: Final = re.compile(
    r",?[ ](?:[a-z.]{2,20},?[ ]){0,3}(?:a[klrz]|c[aot]|d[ce]|fl|ga|hi|i[adln]|k[sy]|la|m[adeinost]|n[cdehjmvy]|o[hkr]"
    r"|pa|ri|s[cd]|t[nx]|ut|v[at]|w[aivy])[ ]\d{5}(?:-\d{4})?\b",
    re.IGNORECASE,
)
_TAIL_UNIT: Final = re.compile(rf"[ ]?[,\n/·-]?[ ]?{_UNIT}", re.IGNORECASE)
_HEAD_UNIT: Final = re.compile(rf"{_UNIT}[ ]?[,/·-]?[ ]?$", re.IGNORECASE)
_BARE_POSTCODE: Final = re.compile(rf"(?<![\w-])(?:{UK_POSTCODE.replace('[ ]?', '[ ]')}|{CANADIAN_POSTCODE})(?![\w-])")

_BEFORE: Final = r"(?<![\w$£€.,#-])"
#: Number first, street word last: 12 High Street, 4B North 5th Avenue.
_ENGLISH: Final = re.compile(
    rf"{_BEFORE}{_NUMBER},?[ ](?:(?:[NSEW]|NE|NW|SE|SW)\.?[ ])?"
    rf"(?:(?:{_CAP}|\d{{1,3}}(?:st|nd|rd|th)|of|the)[ ]){{1,4}}(?:{_TITLED})\b\.?{_COMPASS}"
)
_ENGLISH_LOWER: Final = re.compile(
    rf"{_BEFORE}{_NUMBER},?[ ]((?:(?:[a-z'’]{{3,20}}|\d{{1,3}}(?:st|nd|rd|th))[ ]){{1,2}})(?:{_STRONG})\b\.?",
    re.IGNORECASE,
)
#: Words that stand between a number and "road" where no address is meant.
_NO_STREET: Final = frozenset(
    {
        "the", "a", "an", "on", "in", "at", "by", "of", "off", "to", "up", "down", "from", "and", "or", "per", "my",
        "our", "your", "this", "that", "these", "those", "same", "main", "wrong", "right", "left", "next", "other",
        "each", "every", "more", "less", "busy", "long", "side", "open", "dirt", "country", "back", "bumpy", "cross",
        "toll", "min", "mins", "minute", "minutes", "hour", "hours", "hrs", "day", "days", "week", "weeks", "month",
        "months", "year", "years", "time", "times", "mile", "miles", "meter", "meters", "metre", "metres", "km",
        "block", "blocks", "people", "cars", "vans", "shops", "stores", "houses", "bus", "memory", "percent", "lanes",
        "different", "separate", "way", "steps", "star", "stars", "sub", "revenue", "growth", "career", "traffic",
        "fast", "slow", "bed", "bedroom", "whole", "stop", "stops", "lakh",
    }
)  # fmt: skip
#: French: 12 rue de la Paix, 3 bis avenue Foch.
_FRENCH: Final = re.compile(
    rf"{_BEFORE}\d{{1,4}}(?:[ ]?(?:bis|ter|quater|[A-D])\b)?,?[ ]"
    r"(?:[Rr]ue|[Aa]venue|[Aa]v\.|[Bb]oulevard|[Bb]d\.?|[Bb]lvd\.?|[Pp]lace|[Cc]hemin|[Aa]llée|[Ii]mpasse|[Qq]uai"
    r"|[Rr]oute|[Cc]ours|[Ss]quare|[Pp]assage|[Ff]aubourg|[Rr]uelle|[Ss]entier)[ ]"
    rf"(?:(?:de|du|des|la|le|les|l['’]|d['’]|à|en|sous|sur|aux?)[ ]?){{0,3}}{_CAP}"
    rf"(?:[ -](?:(?:de|du|des|la|le|les|et)[ ])?{_CAP}){{0,3}}"
)
#: German and Dutch: Lindenstraße 12a, Am Alten Markt 3, Keizersgracht 174; the number follows.
_GERMAN: Final = re.compile(
    rf"(?<![\w-])(?:{_CAP}[ -]){{0,2}}(?:[A-ZÄÖÜ][a-zäöüß]{{2,30}}(?:straße|strasse|str\.|weg|platz|allee|gasse"
    r"|damm|ufer|chaussee|promenade|steig|straat|laan|plein|gracht|kade|singel|dijk|dreef|hof)"
    r"|(?:Straße|Strasse|Str\.|Allee|Weg)|(?<=[a-zß][ -])(?:Straße|Strasse|Str\.|Allee|Weg|Straat|Laan)"
    r"|(?<=[a-zß]-)Platz)[ ]\d{1,4}(?:[ ]?[a-hA-H]\b)?(?:[ ]?[-/–][ ]?\d{1,4}[a-h]?\b)?"
)
_NO_GERMAN: Final = re.compile(
    r"(?:park|stell|sitz|arbeits|fenster|steh|camping|spiel|lager|liege|rast|steck|speicher|hin|rück|um|aus|ein|heim"
    r"|arbeits|schul|fuß|geh|rad|bahn|bus|kunden)(?:platz|weg|steig)|bahnsteig|uitweg|bahnhof|flughafen|innenhof",
    re.IGNORECASE,
)
#: Spanish, Portuguese, Italian: Calle de Alcalá, 42; Rua Augusta 1500; Via Roma 12.
_ROMANCE: Final = re.compile(
    r"(?<![\w-])(?:[Cc]alle|C/|c/|[Aa]venida|[Aa]vda\.?|[Aa]v\.|[Pp]laza|[Pp]za\.|[Pp]aseo|[Cc]arrer|[Cc]amino"
    r"|[Rr]onda|[Cc]arretera|Via|[Vv]iale|[Pp]iazza|[Pp]iazzale|[Cc]orso|[Vv]icolo|[Ll]argo|[Rr]ua|[Tt]ravessa|[Pp]raça"
    r"|[Aa]lameda|[Ee]strada|[Rr]odovia|[Cc]ol\.|[Pp]rivada)[ ]?"
    rf"(?:(?:de|del|della|dello|dei|degli|delle|di|da|do|das|dos|la|las|los|el|San|Santa)[ ]){{0,3}}{_CAP}"
    rf"(?:[ ](?:(?:de|del|della|dei|di|da|do|das|dos|la|las|los|y|e)[ ]){{0,2}}{_CAP}){{0,4}}"
    r"(?:,[ ]?|[ ])(?:n[.º°]{0,2}[ ]?|núm\.?[ ]|num\.?[ ]|#)?\d{1,5}(?:[ ]?[A-Za-z]\b(?![ ][a-z]))?(?![\d:%.,]\d)"
)
_BOX: Final = re.compile(
    r"(?<!\w)(?:P\.?[ ]?O\.?[ ]?Box|Postfach|Apartado(?:[ ]de[ ][Cc]orreos)?|Casella[ ][Pp]ostale|Caixa[ ][Pp]ostal"
    r"|Postbus)[ ]\d{1,6}(?:[ ]\d{2,3}){0,2}",
    re.IGNORECASE,
)
#: What follows a number that is a count, a price or a time.
_COUNTED: Final = re.compile(
    r"[ ]?(?:%|€|\$|£|°|(?:euros?|eur|usd|times?|x|days?|weeks?|months?|years?|hours?|hrs?|min(?:ute)?s?|km|m|miles?"
    r"|people|stars?|am|pm|uhr|tage?n?|wochen?|stunden?|minuten?|jahren?|mal|jours?|semaines?|mois|heures?|ans|fois"
    r"|días?|semanas?|meses|horas?|años|veces|giorni|settimane|mesi|ore|anni|volte|dias?|anos|vezes)\b)",
    re.IGNORECASE,
)


#: Endings and words that a street has in languages where the house number follows.
_ENDINGS: Final = (
    "straße", "strasse", "str.", "weg", "platz", "allee", "gasse", "damm", "ufer", "chaussee", "promenade", "steig",
    "straat", "laan", "plein", "gracht", "kade", "singel", "dijk", "dreef", "hof",
)  # fmt: skip
_OPENINGS: Final = (
    "calle", "c/", "avenida", "avda", "av.", "plaza", "pza.", "paseo", "carrer", "camino", "ronda", "carretera", "via",
    "viale", "piazza", "corso", "vicolo", "largo", "rua", "travessa", "praça", "alameda", "estrada", "rodovia", "col.",
    "privada",
)  # fmt: skip
_BOXES: Final = ("box", "postfach", "apartado", "casella", "caixa", "postbus")
_REACH: Final = 90


def find_addresses(places: Places) -> Iterator[tuple[int, int]]:
    """Yield start and end of each postal address; they may overlap.

    Args:
        places: The text.

    >>> text = "Send it to Flat 2, 12 High Street, London SW1A 1AA, not in 5 days down the road."
    >>> [text[a:b] for a, b in find_addresses(Places(text))][:1]
    ['Flat 2, 12 High Street, London SW1A 1AA']
    """
    text = places.text
    for match in _streets(places):
        if not (text[match.end() - 1].isalnum() and _COUNTED.match(text, match.end())):
            yield _whole(text, *match.span())
    for match in matches(_BARE_POSTCODE, text, places.codes):
        yield match.span()


def _streets(places: Places) -> Iterator[re.Match[str]]:
    """Yield streets with their house numbers: those with the number first, then those with the number last."""
    text, low, starts = places.text, places.low, places.numbers
    yield from matches(_ENGLISH, text, starts)
    yield from matches(_FRENCH, text, starts)
    for match in matches(_ENGLISH_LOWER, text, starts):
        if _NO_STREET.isdisjoint(match[1].lower().split()):
            yield match
    german = [start for start in starts if low[max(0, start - 16) : start].rstrip().endswith(_ENDINGS)]
    romance = starts if any(word in low for word in _OPENINGS) else ()
    boxes = starts if any(word in low for word in _BOXES) else ()
    for pattern, numbers in ((_GERMAN, german), (_ROMANCE, romance), (_BOX, boxes)):
        end = 0
        for start in numbers:
            if start < end:
                continue
            until = start + 12
            while until < len(text) and text[until].isalnum():
                until += 1
            for match in pattern.finditer(text, max(end, start - _REACH), until):
                end = match.end()
                if pattern is not _GERMAN or not _NO_GERMAN.search(match[0]):
                    yield match


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in the flat before or after a street, and the postcode and town after it."""
    head = _HEAD_UNIT.search(text, max(0, start - 24), start)
    if head and (head.start() == 0 or not text[head.start() - 1].isalnum()):
        start = head.start()
    for pattern in (_TAIL_UNIT, _TAIL_STATE, _TAIL_PLACE):
        tail = pattern.match(text, end)
        if tail and (any(c.isdigit() for c in tail[0])):
            end = tail.end()
    return start, end
