"""What columns are called in exports: names, in four languages, that speak for a role.

A name is compared after `normalise`: accents, case and punctuation do not count. Names are listed best first; the
order breaks ties between columns (``occurred at`` before ``created at`` before ``date``).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

_ALIASES: Final[dict[str, str]] = {
    "id": """interaction id; interaction ref; event id; message id; messageid; response id; survey response
        id; feedback id; review id; complaint id; ticket id; ticket number; case id; case number; comment id;
        utterance id; submission id; record id; insert id; ingestion id; transaction id; order id; uuid; id;
        guid; #; nr; nummer; vorgangsnummer; ticketnummer; beschwerdenummer; beschwerde id; identifiant;
        numero de ticket; id de respuesta; folio; reference; reference number; respondent id; response;
        index""",
    "customer": """customer ref; customer id; customer number; customer no; customer key; customerid;
        customer; user id; userid; client id; contact id; member id; person id; subscriber id; requester id;
        shopper id; guest id; passenger id; patient id; cust id; distinct id; user pseudo id; anonymous id;
        visitor id; kundennummer; kunden id; kundennr; kunden nr; kunde; mitgliedsnummer; numero client; id
        client; client; id cliente; numero de cliente; cliente; user; username; user name; member; contact;
        requester; respondent; reviewer; customer email; email address; e mail address; email; e mail;
        recipient email; correo electronico; correo; courriel; external reference; external id""",
    "account": """account ref; account id; account name; account; organisation id; organization id;
        organisation; organization; company id; company name; company; tenant id; tenant; firma; unternehmen;
        entreprise; societe; empresa; client company; business name""",
    "time": """occurred at; happened at; event time; event timestamp; event date; timestamp; datetime; date
        time; date and time; created at; created on; created date; creation date; createddate; created time;
        created; date created; time created; submitted at; submitted on; submit date; submission date; date
        submitted; submission timestamp; response date; responded at; date received; received date; received
        on; complaint date; review date; review created; review submit date and time; feedback date; survey
        date; interaction date; contact date; call date; ticket created; opened at; open date; opened; posted
        at; post date; published at; publish date; sent at; sent date; order date; order purchase timestamp;
        purchase date; transaction date; invoice date; visit date; recorded date; recordeddate; end date;
        start date; start time; starttime; date; time; day; at; ts; completion time; datum; zeitpunkt;
        zeitstempel; erstellt am; erstellungsdatum; eingangsdatum; datum und uhrzeit; uhrzeit; date de
        creation; date creation; horodatage; date et heure; fecha; fecha de creacion; fecha creacion; fecha y
        hora; fecha hora; received at; collector tstamp; original timestamp""",
    "valid_from": "valid from; attributes valid from",
    "text": """text; verbatim; comment; comments; comment text; customer comment; customer comments; feedback;
        feedback text; consumer complaint narrative; complaint narrative; narrative; complaint text;
        complaint; complaint description; message; message text; message body; body; content; review; review
        text; review body; review content; review comment message; description; utterance; transcript; open
        ended response; open text; free text; remark; remarks; permalink comment; suggestion; suggestions;
        opinion; issue; sub issue; subject; title; review title; review comment title; summary; headline;
        reason; reason text; details; note; notes; tweet; caption; answer text; kommentar; kommentare;
        bemerkung; bemerkungen; nachricht; beschreibung; ruckmeldung; bewertungstext; anmerkung; anmerkungen;
        freitext; betreff; commentaire; commentaires; avis; remarque; remarques; objet; comentario;
        comentarios; mensaje; descripcion; observaciones; asunto; resena; what could we improve; how can we
        improve""",
    "channel": """channel; submitted via; contact channel; feedback channel; interaction channel; survey
        channel; via channel; via; contact method; contact type; distribution channel; medium; origin; kanal;
        kontaktkanal; canal; canal de contact; canal de contacto; platform; received via""",
    "experience_channel": "experience channel; purchase channel; order channel; service channel",
    "source": "source; source system; source name; data source; quelle; fuente; origen",
    "kind": "kind; interaction kind; interaction type; record type; feedback type; type",
    "stage": """stage; journey stage; customer journey stage; stage name; journey step; journey phase; phase;
        etape; etapa; lifecycle stage""",
    "touchpoint": """touchpoint; touch point; touchpoint id; touchpoint name; point de contact; punto de
        contacto; kontaktpunkt""",
    "event": "event; event name; event type; activity; action; ereignis; evenement; evento; actividad",
    "conversation": """conversation ref; conversation id; conversationid; convo id; conversation; thread id;
        thread ts; thread; dialogue id; dialog id; chat id; call id; session id; case id; ticket id; ticket
        number; case number; gesprach""",
    "sequence": """sequence; sequence number; seq; turn; turn number; turn no; turn id; turn count; message
        number; message index; order in conversation""",
    "author": """author; author type; speaker; speaker role; sender; sender type; from type; participant;
        participant role; actor; role; sprecher""",
    "role": "role; customer role; contact role; buyer role; account role; rolle; rol",
    "agent": """agent; agent id; agent name; agent ref; assignee; assignee id; handled by; representative;
        advisor; adviser; employee; employee id; staff member; bearbeiter; mitarbeiter; agente; conseiller;
        owner id; owner""",
    "team": """team; team name; support group; group; group id; group name; department; queue; abteilung;
        equipe; equipo; departamento""",
    "location": """location; store; store id; store name; shop; branch; branch name; site; outlet; restaurant;
        hotel; property; filiale; standort; magasin; tienda; sucursal""",
    "value": """value; order value; amount; order amount; purchase amount; transaction amount; total; order
        total; total amount; revenue; price; spend; mrr; arr; gmv; dollars; payment value; betrag; umsatz;
        bestellwert; montant; importe; valor; ingresos""",
    "currency": """currency; currency code; value currency; order currency; wahrung; waehrung; devise; moneda;
        divisa""",
    "campaign": "campaign; campaign name; campaign id; utm campaign; kampagne; campagne; campana",
    "programme": """programme; program; programme name; survey programme; survey name; survey title; survey
        id; survey; umfrage; enquete; encuesta; hs survey name""",
    "purpose": "purpose; survey purpose; programme purpose",
    "language": """language; lang; locale; user language; userlanguage; reviewer language; language code;
        sprache; langue; idioma""",
    "solicited": "solicited; is solicited; invited",
    "segment": """segment; customer segment; tier; customer tier; loyalty tier; region; country; country code;
        state; province; city; product; sub product; product name; product type; product line; category; sub
        category; plan; plan name; subscription; tags; tag; industry; vertical; age; age group; age band;
        gender; tenure; tenure band; customer type; client type; traveller type; membership; member level;
        member type; package; device; brand; cohort; persona; company size; division name; department name;
        class name; company; company response to consumer; territory; market; segmento; kundengruppe; land;
        bundesland; produkt; kategorie; tarif; alter; geschlecht; pays; produit; categorie; forfait; pais;
        producto; categoria; genero; edad; intent; status; priority; ticket priority; ticket type; cabin""",
}  # fmt: skip

_SCORES: Final[dict[str, str]] = {
    "nps": """nps; nps score; net promoter score; net promoter; likelihood to recommend; likely to recommend;
        ltr; recommend score; recommendation score; recommendation; weiterempfehlung;
        weiterempfehlungsbereitschaft; recommandation; recomendacion; how likely; would you recommend; nps
        rating""",
    "csat": """csat; csat score; customer satisfaction; satisfaction score; satisfaction rating; overall
        satisfaction; satisfaction; customer satisfaction score; how satisfied; zufriedenheit;
        gesamtzufriedenheit; kundenzufriedenheit; satisfaction client; satisfaccion""",
    "ces": """ces; ces score; customer effort score; customer effort; effort score; effort; ease; ease score;
        how easy; how difficult; made it easy; aufwand; effort client; esfuerzo; facilidad""",
    "rating": """rating; star rating; stars; review stars; review score; review rating; overall rating;
        product rating; app rating; score; sterne; bewertung; note; etoiles; puntuacion; calificacion;
        valoracion; estrellas""",
}  # fmt: skip

_UNIT: Final = re.compile(r"\b(utc|gmt|local|usd|eur|gbp)$")
#: Words that turn a name into something else: a date that is not the event's, words that are not the
#: customer's.
_NOT_OUR_TIME: Final = re.compile(
    r"\b(updated?|modified|changed|closed|resolved|solved|due|birth|born|dob|expir\w+|deleted|last|sent to"
    r"|reply|shipped|forwarded|deadline|renewal|signup|sign up|joined|first|estimated|delivered|valid|geandert"
    r"|geschlossen)\b"
)
_NOT_THEIR_WORDS: Final = re.compile(
    r"\b(agent|staff|employee|reply|internal|company|public|developer|business|response by|answer by"
    r"|resolution|url|link)\b"
)
_PERSONAL: Final = re.compile(
    r"\b(name|firstname|lastname|surname|vorname|nachname|nom|prenom|nombre|apellidos?|phone\w*|mobile|telefon\w*"
    r"|telephone|telefono|address|adresse|direccion|street|strasse|ip|ipaddress|iban|ssn|card number|birth\w*|dob"
    r"|e ?mail|correo|zip|postcode|postal code|plz|(location)?(latitude|longitude))\b"
)


@lru_cache(maxsize=4096)
def normalise(name: str) -> str:
    """A column name as words in lower case, without accents and punctuation.

    >>> normalise("conversationId"), normalise("Sub-Issue"), normalise("Rückmeldung"), normalise("ticket.created_at")
    ('conversation id', 'sub issue', 'ruckmeldung', 'ticket created at')
    """
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w#]|_", " ", plain).split())


@cache
def _table() -> dict[str, dict[str, int]]:
    """Role to name to its place in the list; score kinds are roles called ``score:nps`` and so on."""
    roles = {**_ALIASES, **{f"score:{kind}": names for kind, names in _SCORES.items()}}
    return {
        role: {normalise(n): i for i, n in reversed(list(enumerate(names.split(";"))))} for role, names in roles.items()
    }


def match(role: str, name: str) -> float:
    """How strongly a column's name speaks for a role, 0 to 1.

    1 for a listed name (less a little for its place in the list), 0.85 when only the last part of a dotted
    name is listed, up to 0.7 when a listed name of two or more words is part of it.

    >>> match("text", "Consumer complaint narrative") > 0.9, match("text", "ZIP code")
    (True, 0.0)
    """
    names, words = _table()[role], normalise(name)
    if words in names and not (role == "time" and _NOT_OUR_TIME.search(words)):
        return 1.0 - names[words] / 1000
    if (role == "time" and _NOT_OUR_TIME.search(words)) or (role == "text" and _NOT_THEIR_WORDS.search(words)):
        return 0.0
    return _partly(names, words, normalise(re.split(r"[./]", name)[-1]), one_word=role.startswith("score:"))


def _partly(names: dict[str, int], words: str, last: str, *, one_word: bool) -> float:
    bare = _UNIT.sub("", words).strip()
    if bare in names:
        return 0.95 - names[bare] / 1000
    if last in names:
        return 0.85 - names[last] / 1000
    inside = [alias for alias in names if len(alias) > 2 and f" {alias} " in f" {words} "]
    long = [names[alias] for alias in inside if " " in alias]
    if long:
        return 0.7 - min(long) / 1000
    return 0.6 if inside and one_word else 0.0


def personal(name: str) -> bool:
    """Does the name speak of personal data, such as a phone number?

    >>> personal("Customer phone"), personal("Plan name"), personal("Product")
    (True, False, False)
    """
    words = normalise(name)
    return bool(_PERSONAL.search(words)) and not any(words in names for names in _table().values())


def not_theirs(name: str) -> bool:
    """Does the name speak of words that are not the customer's, such as an agent's reply?"""
    return bool(_NOT_THEIR_WORDS.search(normalise(name)))


@lru_cache(maxsize=4096)
def known(name: str) -> bool:
    """Is this a name that some role lists exactly?"""
    words = normalise(name)
    return any(words in names for names in _table().values())
