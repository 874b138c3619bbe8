"""Sudden rises in claims: of a product, or of a merchant over several products, with the bad batch named. And merchants
who decline, by several signs at once.

A claim comes some days after its order, so claims are counted by the orders they are about: of all that was paid since
some day, how many were claimed by now, against how many usually are at their ages.

Read in this order:
    settings     every number that decides what is an alarm
    counting     which claims count, and the order of each
    usual        how many orders of a category are claimed by an age, as it was known on each day
    evidence     the odds that claims rose, in closed form
    detecting    day by day over the record: which alarms would have been raised, and when
    signs        parcels, answers and claims, as they tell of a merchant
    declining    which merchants decline, by all signs together
    batches      the dates between which the orders were paid that the claims are about
    alarm        an alarm as it is kept
    telling      from a raised alarm to one that can be kept
    messages     an alarm as the API tells it
    working      the part: products first, then merchants
    notes        saying something of one, and what was said of all
"""
