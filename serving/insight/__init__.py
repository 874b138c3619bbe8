"""What the claims tell, of all that is on record: merchants, alarms, abuse, returns, feedback.

It is worked out in a process of its own (`clearclaim insight refresh`), since it reads much and nobody may wait for it
in a buyer's path, and kept in the store, where the service finds it ready to show.

Read in this order:
    record       orders and claims as columns, each claim with all that became of it
    reading      the record of a store, or of events in memory
    tables       where results are kept
    keeping      results as rows, and finding those that are shown
    rounds       putting them there: a few at a time, and then shown together
    parts        what is worked out: one part for each thing that the claims tell
    refreshing   all parts anew, as of one moment
    rates        intervals, and how far few cases are drawn to what is usual
    tails        how unlikely counts are
    cells        words in tables for spreadsheets
"""
