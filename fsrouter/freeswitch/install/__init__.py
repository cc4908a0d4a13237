"""What goes into FreeSWITCH: numbers, fail-safes, routers and queues, planned, shown, put in and taken out again.

    plan = plan_install(Installation(entries=…, routers=Routers(("127.0.0.1:8084",))), Path("/etc/freeswitch"))
    print(plan.diff())
    apply(plan)

Files only: no socket, no database. `from_rulebook` makes of rule books the `values` that are to be there, `dialplan`
and the templates of `freeswitch_conf/` their text; `conf_dir` is a configuration directory, `plan` the change of one.
"""
