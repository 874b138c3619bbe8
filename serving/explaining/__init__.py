"""A past decision explained, to the reviewer, the merchant or the buyer: each is told what is theirs to know.

A reviewer sees all of it. A merchant sees what concerns the goods, themselves and this claim, and nothing of what the
buyer did elsewhere. A buyer sees what was decided, what they get, and what would have led to another outcome, and
nothing that would teach anybody how to slip through.

Read in this order:
    messages        the answers, a model for each audience
    known           what is to be had of a past decision
    words           what people are told, in general; english and chinese, the words themselves
    entitled        what a buyer is given, in sentences
    changes         what a buyer could have done, decided again
    reviewer, merchant, buyer   the three explanations
    explain         the way in
"""
