"""Why goods come back and money goes out: reasons, frequency, seasons, categories, who bears it, effects of policy.

`work_out(record, policy, *, from_ms=None, until_ms=None, changes=(), ledger=None) -> Returns` is a pure function.

Read in this order:
    figures      what comes out
    days         the local days of a period
    ledger       what the ledger tells of claims beyond the events, and which policy was in force when
    columns      the claims and orders of a period as arrays
    chance       intervals and tests
    counting     totals, months and weeks, types, reasons, categories
    frequency    how often buyers claim
    seasons      weekdays, months, festivals
    bearing      who bore it
    effects      before and after a change of policy
    looks, findings   what stands out
    saying       findings as sentences
    working_out  all of it
    part, body   kept for the pages: 30, 90 and 365 days
    tidy         a table for other tools
"""
