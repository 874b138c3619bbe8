"""How well people decide, measured so that nobody notices while it happens. No HTTP and no HTML.

Gold cases are past claims whose answer is known; doubles are reviewed claims that a second person gets. Both come to
people as ordinary cases. What is known of a gold claim lies in a table of its own, which no page of a case reads.

Read in this order:
    tables       what is kept beside the cases
    answers      which past claims have an answer that can be relied on
    again        how a past claim becomes a case once more
    gold         opens gold cases, the policy's share of the day's reviews
    doubles      opens doubles of closed reviews
    chance       shares with intervals that small numbers make wide
    agreement    Krippendorff's alpha and the plain share
    ratings      what was ruled, read back from the cases
    reliability  how often each reviewer is right on gold cases
    arms         whether reasons help
    pace         clocks, backlog, throughput
    team         all of it for one page
    drill        practice, which touches none of it
"""
