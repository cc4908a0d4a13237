"""CRMs: the contact cache kept fresh, records looked up live, calls written back.

    lines = Lines(Sender(networks(settings.crm_networks)).send)
    Sync(book, store.contacts, node).run(lines.of(book, "hub"))
    Records(lines, store.contacts.owners).look_up(book, wanted, cached)

Everything here blocks and is safe for native threads; it knows no gevent and no call. Connectors are pure (`base`), one
module sends (`http`), and nothing a CRM says or does is an exception that a caller has not been promised (`errors`).
"""
