"""All that is on record of one claim, for whoever asks how it stands.

Read in this order:
    messages    what a claim's state looks like in the API
    standing    how a claim stands, derived from its events and its decision
    finding     reads both, and the notes of reviewers
"""
