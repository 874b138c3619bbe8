"""How merchants serve: a scorecard for each, and their ranking.

Read in this order:
    settings     the period, how much each component weighs, and from how many orders on a merchant is ranked
    scorecard    what is kept of a merchant and shown: figures with intervals, components, the score
    merging      rows of orders and claims as numbers, and sums of them by merchant
    expecting    claims that came, and those that its categories would have had
    appealing    appeals of merchants, as cases tell of them
    counting     all counts of merchants in a period
    scoring      components, each drawn to what is usual, and the score from 1 to 5 that they make
    making       scorecards of all merchants
    ranking      the parts that are kept: by score, and by claims
    csv_file     all scorecards as a table
"""
