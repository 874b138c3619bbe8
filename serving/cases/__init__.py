"""People's work on claims: cases, who has them, and what people rule. No HTTP and no HTML.

A case is one piece of work for one person. A claim may have several: a review, then an appeal; a gold case is a past
claim whose answer is known, given out unseen among the others, and a double is a second look that nobody tells of.

Read in this order:
    words           states, steps and rulings
    transitions     which step may follow which state, and who may take it
    tables          the rows
    case            a case, and how it is found
    tally           how many are open, without counting them
    stepping        the only way in which a case changes
    holding         whose case it is, and that only they act on it
    given_ruling    what a ruling must say, and what learning is told of it
    ruling          the desk: look, rule, undo, ask for evidence, escalate; two people above an amount
    money           what a ruling releases, and who bears it under which authority
    releasing       a ruling stands once its minute is over
    people          how the platform is told who ruled: a reference, no name
    appealing       what parties bring: appeals, and evidence that they were asked for
    messages        these as they come by API
    priority        how urgent a case is, and when its reasons are shown
    asked           which decisions ask for a person; reading_on how far decisions were read
    opening         a case for each of them; withdrawing what was ruled by API meanwhile
    queue           what people see of it: pages, filters, counts
    leasing         who has which case, and for how long
    keeper          what is done beside the requests
    quality         how well people decide: gold cases, doubles, agreement, practice
"""
