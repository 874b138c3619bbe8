"""What the policy in force gives buyers of a sort of goods, in numbers and in words, for the platform's own pages.

It says what a buyer may count on, and how to have a person decide. It says nothing of costs, limits, rules or
probabilities, nor of what is free for new buyers only: who knew these could shape a claim after them.

Read in this order:
    card    the message of the API
    making  its numbers, out of the policy
    words   the same as sentences, in each language
"""
