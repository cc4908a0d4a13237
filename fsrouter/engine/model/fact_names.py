"""Facts by name: which there are, what each means, and which texts can be its value.

A fact is text, a tuple of texts, or None when it is not known. What a call's facts are is the walk's affair.
"""

from __future__ import annotations

import re

#: A fact's value: None is not known.
Fact = str | tuple[str, ...] | None

#: Every fact that a rule can look at, besides `crm.FIELD`, and what it means.
NAMES: dict[str, str] = {
    "from": "the caller's number, E.164",
    "to": "the number that was dialled, E.164",
    "caller": "first-time or repeat: had an earlier call to any number of this company",
    "source": "where the caller came from: the tracking number's source, or the visitor session's",
    "keyword": "what the visitor searched for (pool numbers)",
    "active_page": "the page that the visitor is looking at (pool numbers)",
    "landing": "the first page of the visit (pool numbers)",
    "campaign": "the campaign of the visit (pool numbers)",
    "referrer": "where the visit came from (pool numbers)",
    "previous_score": "the score of this caller's latest scored call",
    "last_agent": "the agent who last talked with this caller",
    "contact": "the contact's id in the CRM",
    "contact_name": "the contact's name",
    "title": "the contact's title",
    "account": "the account's name",
    "account_id": "the account's id in the CRM",
    "territory": "the account's or contact's territory",
    "owner": "the CRM user who owns the contact",
    "country": "the country of the caller's number, two letters (ISO 3166)",
    "region": "the region (state) of the caller's number, as its code",
    "area_code": "the area code of the caller's number",
    "city": "the city of the caller's number",
    "tags": "the call's tags so far",
}

#: No fact, and given like one: the number that a split or a random group draws.
DRAW = "draw"

#: Facts that are numbers: whoever gives one or tests it writes it as people of the company's country do.
NUMBERS = ("from", "to")

#: Facts whose value has a form, and what is wrong with one that has another.
FORMS: dict[str, tuple[str, str]] = {
    "from": (r".*\d.*", "is no caller's number; write it as +13125550150, or nothing for a withheld one"),
    "to": (r".*\d.*", "is no dialled number; write it as +13125550150"),
    "caller": (r"first-time|repeat", "is neither first-time nor repeat"),
    "previous_score": (r"-?[0-9]{1,9}(\.[0-9]{1,9})?", "is no score; write a number, as 4"),
    "last_agent": (r"[a-z0-9][a-z0-9._-]*", "is no agent; write the name that stands under `agents`"),
    "country": (r"[A-Za-z]{2}", "is no country; write its two letters (ISO 3166), as US"),
    "area_code": (r"[0-9]{1,8}", "is no area code; write its digits, as 312"),
}

#: Facts that only the visitor session of a pool number can give.
POOL_ONLY = ("keyword", "active_page", "landing", "campaign", "referrer")


def problem(name: str, value: str) -> str:
    """What is wrong with a value that somebody gives a fact, as a phrase that goes on from it; "" when it can be one.
    An empty value makes a fact unknown.
    """
    form, remedy = FORMS.get(name, ("", ""))
    return remedy if form and value and not re.fullmatch(form, value) else ""


#: Facts that follow from the caller's number, and are not known when it is withheld.
OF_THE_NUMBER = ("country", "region", "area_code", "city")
