"""Log lines: who writes them (`logger`), the call that they are about (`context`), and how they look (`formats`)."""
