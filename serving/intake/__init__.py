"""What comes in beside claims: events that the platform sends, many in one call, and the verdicts of people.

A call's events are taken all or not at all, in one transaction, and each becomes known at that moment. Everything that
needs no lock is done before it: others wait for the database only while rows are written.

Read in this order:
    problems        what is said of events that can't be taken
    sent_event      what an event looks like on its way in: the message of the API
    reading         from JSON to columns, with all that is wrong named
    completing      who and what a claim's later events concern, out of the claims
    refusing        events that are known already, and those that only the service itself may write
    event_desk      takes a call's events
    verdict         a person's verdict on a claim: the message of the API
    adjudicating    records it
"""
