"""Tuning a policy: which of its acting settings would have cost less, under limits that must hold?

What a review costs, or how well people find the truth, is a fact and no knob. The given policy's costs say what
outcomes cost; the search changes only what the policy acts by, such as up to which amount no person is asked. Settings
are chosen on one period and reported on a later one, both by labels weighted by the inverse of their chances.

Read in this order:
    knobs       what may be changed, and within which bounds
    limits      what must hold
    claims      the claims of a period, as arrays
    many        what a policy does with all of them at once
    measuring   what that costs and how it stands to the limits
    searching   the search
    periods     claims of two periods, from events and a model
    rewriting   a policy file's text with some numbers changed
    report      a page of text
    running, command    `clearclaim-train tune-policy`
"""
