"""The batch kernel on parts of the events, so that memory is bounded by a setting and not by the table.

The totals of an entity need only the events that touch it. So each entity of a plan is one pass: the events that touch
it, with the few columns that it reads, are dealt into parts by the entity's id, and the batch kernel runs on one part
at a time. Every claim asks in the part in which its entity lies; the answers are brought together by claim. Rings and
near pictures are passes too. `features.engines.spark` runs the same functions of parts on a cluster.

Read in this order:
    passes      which rows and columns a pass needs, and by what they are dealt
    answers     one part in, answers to its claims out: the batch kernel
    meetings    rings: what must be known of all parts at once, and the walk
    pictures    near pictures, in parts by what they are filed under
    gather      answers in, window totals and feature vectors out
    spill       parts on disk
    large       an entity with more events than fit into memory
    local       all of it on one machine, from a file to a file
"""
