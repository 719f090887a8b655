"""Words of exports brought into our vocabularies: authors, roles, kinds, channels, languages, yes and no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pyarrow as pa

from touchline.sources.amounts import SYMBOLS
from touchline.sources.headers import normalise
from touchline.vocabulary.schemas import KINDS, PURPOSES


def _by_word(table: dict[str, str]) -> dict[str, str]:
    return {word: meaning for meaning, words in table.items() for word in " ".join(words.split()).split("; ")}


_AUTHORS: Final = _by_word(
    {
        "customer": """customer; client; user; visitor; consumer; end user; contact; caller; guest; member;
            requester; subscriber; buyer; shopper; patient; passenger; reviewer; kunde; cliente;
            cust""",
        "employee": """agent; employee; staff; advisor; adviser; rep; representative; admin; operator;
            support; teammate; seller; moderator; csr; manager; human agent; support agent;
            mitarbeiter; agente; conseiller""",
        "system": """system; bot; action; automation; workflow; ivr; api; assistant; chatbot; virtual agent;
            auto; sistema""",
    }
)
_ROLES: Final = _by_word(
    {
        "user": "user; end user; admin; administrator; nutzer; usuario; utilisateur",
        "champion": "champion; advocate; influencer; power user; sponsor",
        "decision_maker": """decision maker; executive; buyer; economic buyer; owner; budget holder;
            entscheider; decideur""",
    }
)
_KINDS: Final = {
    **{k: k for k in KINDS},
    **_by_word(
        {
            "survey": "surveys; survey response; survey answer; nps; csat; ces; questionnaire; response",
            "message": "messages; email; e mail; sms; comment; feedback; contact form",
            "ticket": "tickets; case; support ticket; problem; incident",
            "complaint": "complaints; grievance",
            "call": "calls; phone call; phone; voice call",
            "chat": "chats; live chat; conversation",
            "review": "reviews; rating",
            "post": "posts; tweet; social post; social",
            "event": "events; usage; usage event; track; page; screen; login; behaviour; behavior; behavioural event",
            "order": "orders; purchase; transaction; sale",
            "milestone": "milestones",
        }
    ),
}
_CHANNELS: Final = _by_word(
    {
        "email": "email; e mail; mail; correo; correo electronico; courriel",
        "phone": """phone; telephone; voice; call; phone call; telefon; telefono; call centre; call center;
            tel""",
        "sms": "sms; text; text message; txt",
        "web": """web; website; web form; webform; online; internet; web site; desktop; browser; site web;
            webseite""",
        "app": "app; mobile app; in app; ios; android; mobile; iphone; application",
        "chat": "chat; live chat; livechat; webchat; web chat; chatbot; web messenger",
        "messaging": """messaging; whatsapp; messenger; facebook messenger; telegram; wechat; viber; line;
            imessage""",
        "social": "social; social media; twitter; facebook; instagram; tiktok; linkedin; youtube; reddit",
        "store": """store; in store; shop; branch; retail; filiale; tienda; magasin; retail store; in person;
            face to face""",
        "mail": "postal mail; letter; post; brief; postal; courrier; carta",
        "ivr": "ivr; voice bot; voicebot",
        "community": "community; forum",
        "review_site": """review site; trustpilot; google reviews; yelp; tripadvisor; app store; google play;
            play store; g2; capterra""",
    }
)
_LANGUAGES: Final = _by_word(
    {
        "en": "english; eng; englisch; anglais; ingles",
        "de": "german; deutsch; ger; deu; allemand; aleman",
        "fr": "french; francais; fra; fre; franzosisch; frances",
        "es": "spanish; espanol; spa; spanisch; espagnol",
        "it": "italian; italiano; ita",
        "pt": "portuguese; portugues; por",
        "nl": "dutch; nederlands; nld; dut",
        "ar": "arabic; ara",
        "hi": "hindi; hin",
        "zh": "chinese; zho; chi",
        "ja": "japanese; jpn",
        "pl": "polish; polski; pol",
    }
)
_TRUTH: Final = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "ja", "si", "oui"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "nein", "non"), False),
}


def author(text: str) -> str | None:
    """`AUTHORS`: who wrote it.

    >>> author("Agent"), author("visitor"), author("Bot"), author("Ann Lee")
    ('employee', 'customer', 'system', None)
    """
    return _AUTHORS.get(normalise(text))


def role(text: str) -> str | None:
    """`ROLES`: what the person is in the account."""
    return _ROLES.get(normalise(text))


def kind(text: str) -> str | None:
    """`KINDS`: what sort of interaction it is."""
    return _KINDS.get(normalise(text))


def purpose(text: str) -> str | None:
    """`PURPOSES`: what a survey programme is for."""
    word = normalise(text)
    word = {"relational": "relationship", "transactional": "transaction"}.get(word, word)
    return word if word in PURPOSES else None


def channel(text: str) -> str:
    """A channel in our words where we have one, else in lower_snake_case.

    >>> channel("E-Mail"), channel("Web Form"), channel("Referral"), channel("Kiosk 2")
    ('email', 'web', 'referral', 'kiosk_2')
    """
    words = normalise(text)
    return _CHANNELS.get(words) or words.replace(" ", "_") or text


def language(text: str) -> str:
    """A language as ISO 639-1 where we know it.

    >>> language("en-GB"), language("German"), language("DE")
    ('en', 'de', 'de')
    """
    words = normalise(text)
    first = words.split(" ")[0] if words else text
    return _LANGUAGES.get(words) or _LANGUAGES.get(first) or first


def currency(text: str) -> str | None:
    """A currency as ISO 4217.

    >>> currency("eur"), currency("€"), currency("points") is None
    ('EUR', 'EUR', True)
    """
    return SYMBOLS.get(text) or (text.upper() if len(text) == 3 and text.isalpha() and text.isascii() else None)


def whole(text: str) -> int | None:
    """A whole number, perhaps written with a point.

    >>> whole("3"), whole("3.0"), whole("3.5") is None
    (3, 3, True)
    """
    try:
        number = float(text)
        return int(number) if number.is_integer() and abs(number) < 2**53 else None
    except ValueError:
        return None


def truth(text: str) -> bool | None:
    """Yes or no."""
    return _TRUTH.get(normalise(text))


def translate(cells: pa.StringArray, word: Callable[[str], object], to: pa.DataType | None = None) -> pa.Array:
    """Put each different value through a function; what it does not know becomes NULL."""
    coded = cells.dictionary_encode()
    return pa.array([word(str(v)) for v in coded.dictionary.to_pylist()], to or pa.string()).take(coded.indices)
