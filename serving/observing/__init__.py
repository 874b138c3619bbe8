"""What is seen from outside of a running service: figures for Prometheus, and logs as JSON. No claim waits for either.

Read in this order:
    declared       each metric: its name, labels, buckets, and what it tells
    tallies        the numbers of one worker, in its memory
    metrics        what the service calls: a method for each thing that is worth counting
    worker_files   from the numbers of each worker to one text for all of them, whichever worker is asked
    drift          which columns are watched for missing values
    json_logs      one JSON object a line, with the id of the request
    access_log     one line for a request that was slow or failed

Labels are bounded: nothing that a caller sends ever becomes one. No line of a log holds a buyer's id or words.
"""
