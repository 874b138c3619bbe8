"""What a policy's rules do together: claims are looked for on which they fire, and what is odd is said in a line.

Read in this order:
    finding         one line about a policy
    searching       claims on which some conditions hold and others don't
    contradictions  rules of equal priority that ask for opposite things
    rules           rules that can't fire, or whose word never counts
    limits          what amounts and rules leave to the machine
    categories      categories that are named and not described
    checking        all of it
"""
