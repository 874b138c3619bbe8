"""Seals over the ledger: proof that no past decision, and no ruling of a person, was changed, taken away or added.

A seal covers a period of decisions and rulings. Each decision has a digest of all that it says and rests on, each
ruling one of what was ruled and how its case came to it. The seal's hash runs over these digests in order, and over the
hash of the seal before it: so seals are a chain, and its last hash, kept elsewhere (an anchor), stands for all before.

Read in this order:
    digests     what a decision's digest covers, and how values become bytes
    tables      where seals and the digests of their rows are kept
    chain       a seal's hash; keys
    rows        decisions read with what belongs to them, and their digests
    rulings     the same for what people ruled, with the steps of their cases
    sealing     the next seal
    verifying   what is not as it was sealed
    anchors     heads of the chain, kept in a file
"""
