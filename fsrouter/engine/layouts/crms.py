"""The layouts of CRMs' exports, and the one that is fsrouter's own.

Headings are compared without case; where a vendor lets people choose the columns, those that are missing are not known.
Only headings stand here: how ids are written is the affair of `engine.contacts` and `engine.model.crms`.
"""

from __future__ import annotations

from fsrouter.engine.layouts.layout import FIELDS, FIRST, LAST, MIDDLE, Layout

_HUBSPOT = (
    "HubSpot Knowledge Base, 'Set up your import files' (3 November 2023), names of properties; published exports"
)
_ZOHO = "published exports of a list view and of the data backup; Zoho documents fields, not files"
_SALESFORCE = "Object Reference (Contact, Lead, Account) names the fields of a data export; published reports"
_CONNECTWISE = "not documented: a list's export has the columns of its view; headings of views and of Report Writer"

OWN = Layout(
    name="fsrouter",
    title="fsrouter",
    headings={field: (field,) for field in FIELDS if field not in ("account_phones", "email")},
    signs=(("id", "phones"), ("name", "phones"), ("account", "phones"), ("account_id", "phones")),
    source="docs/contacts.md",
)

HUBSPOT = Layout(
    name="hubspot",
    title="HubSpot contacts",
    crm="hubspot",
    headings={
        "id": ("Record ID", "Record ID - Contact", "Contact ID", "hs_object_id", "vid"),
        "name": ("Full name", "Name"),
        FIRST: ("First Name", "firstname"),
        LAST: ("Last Name", "lastname"),
        "title": ("Job Title", "jobtitle"),
        "account_id": (
            "Associated Company IDs (Primary)",
            "Primary Associated Company ID",
            "Associated Company IDs",
            "Associated Company ID",
            "associatedcompanyid",
        ),
        "account": (
            "Associated Company (Primary)",
            "Primary Company",
            "Associated Company",
            "Associated Companies",
            "Company Name",
            "Company",
        ),
        "territory": ("Territory",),
        "owner": ("hubspot_owner_id", "Contact owner", "Contact Owner Email"),
        "phones": (
            "Phone Number",
            "phone",
            "Mobile Phone Number",
            "mobilephone",
            "WhatsApp Phone Number",
            "hs_whatsapp_phone_number",
        ),
        "email": ("Email", "email"),
    },
    signs=(
        ("Record ID", "Phone Number"),
        ("Record ID", "Mobile Phone Number"),
        ("Record ID", "Associated Company"),
        ("Record ID", "Associated Company IDs"),
        ("Record ID", "Contact owner", "Email", "Lead Status"),
        ("Contact ID", "Associated Company"),
        ("Contact ID", "Associated Company ID"),
        ("Record ID - Contact",),
        ("hs_object_id", "firstname"),
        ("hs_object_id", "phone"),
        ("hs_object_id", "lastname"),
    ),
    lacks=("Company domain name", "Company owner", "domain"),
    lists=("account_id", "account"),
    source=_HUBSPOT,
)

HUBSPOT_COMPANIES = Layout(
    name="hubspot",
    title="HubSpot companies",
    crm="hubspot",
    headings={
        "account_id": ("Record ID", "Record ID - Company", "hs_object_id"),
        "account": ("Company name", "name"),
        "territory": ("Territory",),
        "account_phones": ("Phone Number", "phone"),
    },
    signs=(
        ("Record ID", "Company name", "Company domain name"),
        ("Record ID", "Company name", "Company owner"),
        ("Record ID - Company",),
        ("hs_object_id", "name", "domain"),
    ),
    lacks=("First Name", "Last Name", "firstname", "lastname"),
    source=_HUBSPOT,
)

ZOHO = Layout(
    name="zoho",
    title="Zoho CRM contacts and leads",
    crm="zoho",
    headings={
        "id": ("Record Id", "Contact Id", "Lead Id", "id"),
        "name": ("Full Name", "Contact Name", "Lead Name"),
        FIRST: ("First Name",),
        LAST: ("Last Name",),
        "title": ("Title", "Designation"),
        "account_id": ("Account Name.id", "Account Id", "Account Name ID"),
        "account": ("Account Name", "Company"),
        "territory": ("Territory", "Territories"),
        "owner": ("Contact Owner.id", "Lead Owner.id", "Contact Owner Id", "Contact Owner", "Lead Owner"),
        "phones": ("Phone", "Mobile", "Home Phone", "Other Phone", "Asst Phone"),
        "email": ("Email",),
    },
    signs=(
        ("Record Id", "Account Name", "Last Name"),
        ("Record Id", "Account Name", "Full Name"),
        ("Record Id", "Account Name", "Contact Name"),
        ("Record Id", "Account Name", "Contact Owner"),
        ("Record Id", "Account Name", "Phone", "Mobile"),
        ("Record Id", "Account Name.id", "Last Name"),
        ("Record Id", "Contact Owner.id"),
        ("Record Id", "Lead Owner"),
        ("Record Id", "Lead Owner.id"),
        ("Contact Id", "Contact Owner.id"),
    ),
    source=_ZOHO,
)

ZOHO_ACCOUNTS = Layout(
    name="zoho",
    title="Zoho CRM accounts",
    crm="zoho",
    headings={
        "account_id": ("Record Id", "Account Id", "id"),
        "account": ("Account Name",),
        "territory": ("Territory", "Territories"),
        "account_phones": ("Phone",),
    },
    signs=(("Record Id", "Account Name", "Account Owner"), ("Record Id", "Account Name", "Account Owner.id")),
    lacks=("First Name", "Last Name", "Full Name", "Contact Owner", "Contact Owner.id", "Contact Name"),
    source=_ZOHO,
)

SALESFORCE = Layout(
    name="salesforce",
    title="Salesforce contacts and leads",
    crm="salesforce",
    headings={
        "id": ("Contact ID", "Contact ID (18)", "Contact ID 18", "Lead ID", "Id"),
        "name": ("Full Name", "Contact Name", "Name"),
        FIRST: ("First Name", "FirstName"),
        MIDDLE: ("Middle Name", "MiddleName"),
        LAST: ("Last Name", "LastName"),
        "title": ("Title",),
        "account_id": ("Account ID", "AccountId"),
        "account": ("Account Name", "Account.Name", "Company", "Company / Account"),
        "territory": ("Territory", "Territory__c"),
        "owner": ("Contact Owner ID", "Lead Owner ID", "OwnerId", "Owner ID", "Contact Owner", "Lead Owner"),
        "phones": (
            "Phone",
            "Business Phone",
            "Mobile",
            "Mobile Phone",
            "MobilePhone",
            "Home Phone",
            "HomePhone",
            "Other Phone",
            "OtherPhone",
            "Asst. Phone",
            "Assistant Phone",
            "AssistantPhone",
        ),
        "account_phones": ("Account Phone", "Company Phone"),
        "email": ("Email",),
        "delete": ("IsDeleted",),
    },
    signs=(
        ("Contact ID", "Last Name"),
        ("Contact ID", "Full Name"),
        ("Contact ID", "Account Name"),
        ("Contact ID", "Contact Owner"),
        ("Contact ID", "Account ID"),
        ("Lead ID", "Last Name"),
        ("Lead ID", "Company / Account"),
        ("Id", "LastName", "AccountId"),
        ("Id", "LastName", "OwnerId"),
        ("Id", "LastName", "MobilePhone"),
        ("Id", "LastName", "Company"),
    ),
    lacks=("Record Id", "Contact RecID", "Contact Owner.id", "Associated Company", "Associated Company ID"),
    source=_SALESFORCE,
)

SALESFORCE_ACCOUNTS = Layout(
    name="salesforce",
    title="Salesforce accounts",
    crm="salesforce",
    headings={
        "account_id": ("Account ID", "Account ID (18)", "Id"),
        "account": ("Account Name", "Name"),
        "territory": ("Territory", "Territory__c"),
        "account_phones": ("Phone", "Account Phone"),
        "delete": ("IsDeleted",),
    },
    signs=(
        ("Account ID", "Account Name", "Phone"),
        ("Account ID", "Account Name", "Account Owner"),
        ("Id", "Name", "Phone", "BillingCity"),
        ("Id", "Name", "Phone", "OwnerId", "ParentId"),
    ),
    lacks=("Contact ID", "Lead ID", "First Name", "Last Name", "LastName", "Full Name", "Record Id"),
    source=_SALESFORCE,
)

CONNECTWISE = Layout(
    name="connectwise",
    title="ConnectWise PSA contacts",
    crm="connectwise",
    headings={
        "id": ("Contact RecID", "Contact Rec ID", "Contact Record ID", "ContactRecID", "Contact ID"),
        "name": ("Contact Name", "Full Name", "Contact"),
        FIRST: ("First Name", "FirstName"),
        LAST: ("Last Name", "LastName"),
        "title": ("Title", "Job Title"),
        "account_id": ("Company RecID", "Company Rec ID", "Company Record ID", "CompanyRecID"),
        "account": ("Company Name", "Company"),
        "territory": ("Territory", "Territory Name"),
        "owner": ("Territory Manager", "Account Manager"),
        "phones": (
            "Default Phone",
            "Phone",
            "Phone Number",
            "Direct",
            "Direct Phone",
            "Direct Line",
            "Office",
            "Office Phone",
            "Cell",
            "Cell Phone",
            "Mobile",
            "Mobile Phone",
            "Home",
            "Home Phone",
        ),
        "email": ("Email", "Default Email", "Email Address"),
    },
    signs=(
        ("Contact RecID",),
        ("Contact Rec ID",),
        ("Contact Record ID",),
        ("ContactRecID",),
        ("First Name", "Last Name", "Company", "Site"),
        ("First Name", "Last Name", "Company Name", "Site Name"),
        ("First Name", "Last Name", "Company", "Relationship", "Type"),
    ),
    source=_CONNECTWISE,
)

CONNECTWISE_COMPANIES = Layout(
    name="connectwise",
    title="ConnectWise PSA companies",
    crm="connectwise",
    headings={
        "account_id": ("Company RecID", "Company Rec ID", "Company Record ID", "CompanyRecID"),
        "account": ("Company Name", "Company"),
        "territory": ("Territory", "Territory Name"),
        "account_phones": ("Phone", "Phone Number", "Main Phone"),
    },
    signs=(("Company RecID", "Company Name"), ("Company Rec ID", "Company Name"), ("CompanyRecID", "Company Name")),
    lacks=("Contact RecID", "Contact Rec ID", "ContactRecID", "First Name", "Last Name"),
    source=_CONNECTWISE,
)

CRMS = (
    OWN,
    HUBSPOT,
    HUBSPOT_COMPANIES,
    ZOHO,
    ZOHO_ACCOUNTS,
    SALESFORCE,
    SALESFORCE_ACCOUNTS,
    CONNECTWISE,
    CONNECTWISE_COMPANIES,
)
