"""Patterns of abuse as named findings: who, which claims, how much money, and how unlikely all that is by chance.

Findings count what is on record, and no model's score has a part in them. Claims that were found legitimate speak for
nobody's abuse.

Read in this order:
    chances      how unlikely a count is where people differ, and how many findings are false
    columns      orders and claims as numbers, and how many claims are expected of whom
    finding      a finding, and everything that it rests on
    habits       what one buyer does again and again
    links        who shares what with whom, without public places; near pictures; dense parts
    groups       rings, and accounts that follow each other
    evidence     pictures that were shown before
    merchants    buyers who come back to one merchant, and get it each time
    finding_all  all of these
    drawing      a group as a drawing: where each circle and shape stands
    tables       what people say: public places, and notes on findings
    places       public places: put on the list, taken off it, proposed
    notes        what somebody found out about a finding
    part         the part that is worked out anew at each refresh
"""
