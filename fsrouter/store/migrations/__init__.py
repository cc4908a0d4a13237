"""The schema, step by step: numbered files that `playhouse.migrations` applies in order and remembers by name.

Each keeps frozen copies of the models that it makes, independent of `store.tables`. A file that has been released is
never changed; a database that remembers a file which is not here is newer than this program.
"""
