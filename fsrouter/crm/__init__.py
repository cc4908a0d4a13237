"""CRMs: the contact cache kept fresh, records looked up live, calls written back.

    client = Client(Sender(runtime, settings.crm_networks, settings.crm_ca), runtime)
    Sync(client.source(book, "hub"), book, store.contacts, node, runtime).run()
    LiveLookups(client, store.contacts.owners).look_up(book, wanted, cached)

Everything here blocks and is safe for native threads; it knows no gevent and no call. Connectors are pure, one module
sends (`transport.http`), and nothing a CRM says or does is an exception that a caller has not been promised (`errors`).
"""
