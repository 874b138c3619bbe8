"""What an operator looks at when something wakes them: how the service does, and what to do about it.

Each service leaves a pulse in the store every 15 seconds: what it has counted, and what is in force. Pages and commands
read pulses, tallies and the newest rows, never a whole table.

Read in this order:
    counts      what a service has counted since it began
    pulse       the same at one moment, with what is in force
    windows     the last minutes, hour and day, as differences between pulses
    tables      where pulses and counted decisions are kept
    tallying    decisions by action, counted once each as they come
    beating     a service's own part: its pulse
    vitals      all that is told of a service and its store, as values
    reading     the vitals of a store; reading_pulses, reading_work and reading_store beneath
    limits      from which figure on somebody should look, or act: the one rule, and its numbers
    telling     the same for a terminal, and as JSON
"""
