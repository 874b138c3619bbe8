"""Telling the platform what was decided: a feed that it reads, and webhooks that are sent to it.

A claim's transaction writes one small row into the table `outbox`, so nothing is told that wasn't decided, and nothing
decided goes untold. Everything else happens later and elsewhere.

Read in this order:
    kinds           what there is to tell
    tables          what is kept
    rows            writing a row, and the places that rows get in the order in which they were committed
    feed            decisions after a cursor, page by page
    subscriptions   who wants to be told of what
    signing         a secret per subscription, and the headers of Standard Webhooks
    message         what a row says, once it is built out of the ledger
    backoff         when to try again
    rounds          what a subscription is to be told next, and noting what came of it
    punctuality     counting how many messages were delivered in time
    addresses       where messages may go
    sending         a message over HTTP
    lease           one deliverer at a time, whatever the number of workers and hosts
    deliverer       the thread that does it
    dead_letters, pruning    what operators do by hand

At least once, and in order per claim: a receiver tells repeats by the header `webhook-id`.
"""
