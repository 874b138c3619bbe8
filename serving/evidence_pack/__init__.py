"""All that is on record about a claim as one zip, for a court or a mediator who has no clearclaim.

It can be checked offline with sha256sum, read in any browser, and holds of personal data only what its audience may
see from the hands of who made it. Who made which pack stays on record.

Read in this order:
    view            who may see what, and what is left out for whom
    asking          which pack is asked for
    record          all that is on record about a claim; told and sealed: its messages, and the proof of it
    hiding          what is shown in the place of ids and names; persons: those who worked on the claim
    claim_seen      events, cases and messages through an audience's eyes; deciding_seen: the decision; rulings_seen
    telling         values in words; page and readme: what people read
    zipping         files into one zip that is the same for the same files
    tables          who made which pack
    making          all of it together
"""
