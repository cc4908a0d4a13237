"""How older databases become what `store.tables` says: numbered files that `playhouse.migrations` applies in order.

A file defines `up(migrator, db)`, is independent of `store.tables`, and is never changed once it has been released; the
database remembers it by name. The next one is 0009. A new database is made of the tables and remembers all of them as
applied; a database that remembers a file which is not here is newer than this program.
"""
