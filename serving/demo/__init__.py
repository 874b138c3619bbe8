"""The whole path on a fresh checkout, as its three users go it: `make demo`.

story       the steps, in order
commands    the commands that the steps call, and the servers that they start
table       the decisions, printed
"""
