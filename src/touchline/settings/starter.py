"""The ``touchline.toml`` that ``touchline init`` writes: every setting, with its default, explained."""

from __future__ import annotations

import json
from typing import Final

from touchline.settings.cases import Cases
from touchline.settings.model import LIFECYCLE_RULES, Engine, Score, Segments, Workspace
from touchline.settings.service import Service
from touchline.settings.understanding import Llm
from touchline.settings.value import Value

_STARTER: Final = """\
# Settings of a Touchline workspace. What is commented out shows the default or an example.
# After a change of scales, programmes, proxies, severity, segments or timezone, the derived tables are built
# anew from the journal.

[workspace]
name = {name}
timezone = {timezone}    # days and weeks are cut in this zone (IANA name); inside, time is UTC
taxonomy = {taxonomy}    # a template (b2c, b2b, saas, ecommerce, support) or a YAML file beside this one

[score]
# half_life_person = "{score.half_life_person:g} d"    # then a touch weighs half in a standing JSI
# half_life_account = "{score.half_life_account:g} d"
# gate = {score.gate:g}         # the least JSI to pass a stage
# at_risk = {score.at_risk:g}      # below it a customer is at risk
# healthy = {score.healthy:g}      # from it on a customer is healthy
# target_nps = 30      # what the headlines are meant to reach
# target_csat = 80     # percent
# target_ces = 5.5     # on the scale that is asked, high is easy

[engine]
# engine = "spark://host:7077"    # what answers: "duckdb" (default), or a cluster; docs/spark.md
# warehouse = {warehouse}    # Parquet for the cluster: a folder that all machines see, or s3://...
# buckets = {engine.buckets}             # of customers, per table
# options = ["spark.executor.memory=4g"]
# memory_limit = {memory_limit}
# temp_limit = {temp_limit}    # temporary files of questions larger than memory
# threads = 4              # default: every core

# Where what was accepted is kept: the file .touchline/journal.db (default), or a PostgreSQL database.
# TOUCHLINE_JOURNAL in the environment goes before this, and is the place for an address with a password.
[journal]
# url = "postgresql://touchline@db.example.com/touchline"

# Who reads the texts. The default works on this machine. With "llm" redacted texts LEAVE it, to the endpoint below.
[understanding]
# use = "llm"
# [understanding.llm]
# endpoint = "https://llm.example.com/v1"    # any that speaks the OpenAI protocol
# model = "a-model"
# key_variable = "LLM_API_KEY"    # the NAME of an environment variable; the key itself is never written here
# batch = {llm.batch}               # texts of one request
# parallel = {llm.parallel}             # requests at once
# timeout = {llm.timeout:g}             # seconds
# retries = {llm.retries}
# longest = {llm.longest}           # longer texts, in characters, are not sent
# requests_a_day = {llm.requests_a_day}    # what may be spent; the rest is read by the default
# tokens_a_day = {llm.tokens_a_day}
# texts_a_day = {llm.texts_a_day}

# What is replaced before anything is stored, beside e-mail, phone, card, IBAN, id, IP, link and address.
[privacy]
# orders = false                     # order, booking, account and customer numbers, told by the words before them
# patterns = ["PO-[0-9]{{6}}"]        # your own numbers, as regular expressions
# names = "spacy"                    # names of persons; needs touchline[names] and a model, "spacy:MODEL"
# regions = ["GB", "DE"]             # whose phone numbers are found even without gaps and words
# leave = ["ip"]                     # kinds that stay in the texts
# ask_first = ["profiling"]          # for what nothing is done without a customer's yes: analysis, contact,
                                     # recording, profiling; for the others it is done until they say no

# How long things are kept; `touchline retain`, and a server every night, lets go of what is past its time.
# [[retention]]
# days = 730
# what = "text"                      # the words go, what was read in them stays; "whole": the record goes
# kinds = ["call", "chat"]           # or sources = ["chat*"]; without them all

[segments]
# attributes = ["tier", "region"]    # which attributes of customers are segments; without a list, all with
# auto = true                        # few values are (auto beside a list adds them to it)
# max_values = {segments.max_values}

# Segments by rule. Rules of one name are tried in order. The rule language:
#   tier = vip, seats >= 100, region in (emea, "north america"), and, or, not, ( )
#   usage down 30 %, log-ins down 50 % in 28 d, no login for 30 d, orders >= 3 in 90 d
#   detractor, detractor twice in 180 d, nps <= 6, csat dissatisfied, jsi < 40, jsi at risk, stage = delivery
#   first seen within 30 d, seen within 60 d, not seen for 90 d, and the statuses of [lifecycle]
# [[segments.rules]]
# name = "engagement"
# value = "falling"
# when = "usage down 30 %"
# otherwise = "steady"

# How scores are read. NPS is 0 to 10; CSAT and ratings take their usual satisfied boxes from their ends.
# An effort score (CES) needs its direction: is the high end easy or hard? Without question: the kind's.
# [[scales]]
# kind = "ces"
# direction = "easy"
# [[scales]]
# question = "courier*"    # a name or a glob
# kind = "csat"
# low = 1
# high = 5
# satisfied = [4, 5]
# neutral = [3]

# What survey programmes are for. `primary` names the question that decides.
# [[programmes]]
# name = "post_delivery_*"
# purpose = "transaction"    # relationship, transaction or recovery
# stage = "delivery"
# primary = "nps"

# How service is read off the interactions. Spans: "90 s", "2 min", "24 h", "3 d".
[service]
# kinds = ["ticket", "call", "chat", "message", "complaint"]    # of a customer: they begin a conversation of service
# stages = ["support"]              # only conversations that speak of these stages
# fcr_window = "{service.fcr_window:g} d"                # no reopening and no new contact: solved at first contact
# unanswered = "{service.unanswered:g} d"                # after so long without an answer it is never answered
# silence = "14 d"                  # a conversation with no word for so long counts as closed; without it, never
# replies_reopen = false            # do a customer's words after the close open it again?
# mark = ["resolved"]               # attributes by which agents say that it is solved
# hours = ["mon-fri 09:00-17:30"]   # somebody is there; targets count these hours; without it, all
# queue = ["wait_minutes"]          # attributes that hold spans; the name's ending tells the unit,
# handle = ["talk in seconds"]      # or NAME in UNIT
# hold = ["hold_seconds"]
# [[service.targets]]               # a target without channel is for all that have none of their own
# channel = "chat"
# first_response = "2 min"
# resolution = "1 d"
# [service.events]                  # what events are called where they tell this
# queued = ["queued"]               # also answered, ended, hold, resumed, transferred, escalated,
# abandoned = ["abandoned"]         # resolved, unresolved, closed, reopened

# Words that make a complaint weigh less (0.5 trivial) or more (2 blocks the goal; 3 safety, law, money).
# [[severity]]
# when = ["solicitor", "food poison*"]
# severity = 3

# Acts that stand in for words, at half weight.
# [[proxies]]
# name = "Waited too long"
# stage = "support"
# sentiment = -1
# when = "wait_minutes > 2 * target(30)"

# Customer types.
# [[personas]]
# name = "Busy parent"
# when = "household = family and orders >= 3 in 90 d"
# goals = ["the weekly shop in ten minutes"]
# motto = "I have no time for a queue"    # also: motivations, pains, demographics, psychographics, channels, solutions,
#                                         # description, story

# What counts as money, when a customer is lost, how far to look ahead. Steps are written in the step language:
# a name such as renewed, event:order_placed, order[value>100]; several with |.
[value]
# currency = "EUR"             # what money is shown in; without it the one that most amounts are in
# rates = "rates.csv"          # date,currency,rate: what one unit was worth in it from that date on
# rate_days = "{value.rate_days:g} d"         # a rate holds so long; amounts without one are counted, not guessed
# revenue = "order_placed"     # the step whose value is revenue; without it every value is
# churn = "{value.churn}"              # contract, inactivity, or auto: contract where there are renewals
# active = "login|order"       # by inactivity: what shows that a customer is alive; without it, revenue
# inactive = "{value.inactive:g} d"         # without it for so long a customer is lost
# start = "subscribed"         # by contract: the step that begins one
# renewal = "renewed"          # that renews it
# cancel = "cancelled"         # that ends it
# contract_end = "renewal_on"  # an attribute with the date on which it ends
# term = "{value.term:g} d"             # how long it lasts where no attribute says its end
# grace = "{value.grace:g} d"             # a renewal so long after the end still counts
# lead = "{value.lead:g} d"              # renewals are foretold so long before the end
# ahead = "{value.ahead:g} d"             # losses by inactivity are foretold within so long
# horizon = "{value.horizon:g} d"          # revenue at risk and lifetime value look so far ahead
# discount = {value.discount:g}             # per year
# cost_missed = {value.cost_missed:g}            # of a lost customer whom nobody warned of, against ...
# cost_alarm = {value.cost_alarm:g}             # ... a warning about one who would have stayed
# [value.health]               # weights of the health score; only their ratios matter
# experience = {value.health.experience:g}
# trend = {value.health.trend:g}
# recency = {value.health.recency:g}
# activity = {value.health.activity:g}
# trouble = {value.health.trouble:g}

# How cases are worked on. A length states its unit: "48 h" (the clock's), "4 business hours", "2 business days".
[cases]
# hours = ["mon-fri 09:00-17:00"]   # when somebody works; without it those of [service], else nine to five on weekdays
# zone = "Europe/Berlin"            # whose clock that is; without it the workspace's
# holidays = ["2026-12-25", "2027-01-01"]
# teams = ["care", "logistics"]     # who there is; without it a team is any name
# attachment_mb = {cases.attachment_mb}              # the largest file that a case takes; 0 takes none
# hold_out = {cases.hold_out:g}                # of those who raised a cause, not told of its fix: to measure it
# [cases.due]                  # how long a case of a priority may take
# urgent = "{due[urgent]}"
# high = "{due[high]}"
# normal = "{due[normal]}"
# low = "{due[low]}"

# A customer's status is the first of these that holds.
[lifecycle]
{lifecycle}
"""


def new_toml(name: str, taxonomy: str = "b2c") -> str:
    """Return a commented starter file, which reads as the default settings under this name and taxonomy.

    Args:
        name: Name of the workspace.
        taxonomy: A template's name, or the path of a YAML file.
    """
    d, engine = Workspace(), Engine()
    return _STARTER.format(
        name=_quoted(name),
        timezone=_quoted(d.timezone),
        taxonomy=_quoted(taxonomy),
        score=Score(),
        engine=engine,
        warehouse=_quoted(engine.warehouse),
        memory_limit=_quoted(engine.memory_limit),
        temp_limit=_quoted(engine.temp_limit),
        llm=Llm(),
        segments=Segments(),
        service=Service(),
        value=Value(),
        cases=Cases(),
        due={priority: str(length) for priority, length in Cases().due},
        lifecycle="\n".join(f"# {status} = {_quoted(rule)}" for status, rule in LIFECYCLE_RULES.items()),
    )


def _quoted(text: str) -> str:
    """Return a text as a TOML string: JSON's escapes are TOML's, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
