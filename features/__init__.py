"""What was known about a claim when it was filed: history features, the same in training and in service.

The one idea: a window is a subtraction. Each entity (a buyer, a merchant ...) keeps running totals, one row for
each moment at which it learned something; a value over a window is the totals just before its end less the totals
just before its start. All of it is integer arithmetic, so every engine gives the same numbers bit for bit.

Read in this order:
    events          what the platform reports, field by field
    definition      how a feature is declared: entity, measures, windows, reason
    catalog         the features that there are
    columns         the names, units and meanings of the columns that come out
    plan            a catalogue compiled: which totals to keep, which windows to cut
    quantities      what an event adds to a total
    rings, pictures who shares what, and which pictures are alike: what is no sum over one entity
    assemble        window totals in, the model's columns out: the last step of every engine
    engines         reference (slow, plainly right), batch (NumPy), partitioned, spark, online (seeks in a store)
    store           the tables: events, history, vectors; appends and bulk imports
    parity          what the service logged, computed again and compared

Knows no model and no server.
"""
