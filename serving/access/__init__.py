"""Who may call, how often, and what is never stored or logged: security without any type of an HTTP framework.

Read in this order:
    names           what a user may be called
    callers         scopes, who calls, and why somebody is refused
    key_text        what a key looks like, and what is stored in its place
    key_table       the table of keys: added, rotated, revoked, never changed otherwise
    key_ring        the keys of a store, held in memory: from an Authorization header to a caller in microseconds
    kept_keys       the keys read last, on disk for a worker that starts while the store is away
    limits          how often a caller may call, and an address fail
    admission       the three together: the one question that the edge asks before it reads a body
    pseudonyms      ids of people made unreadable with a keyed hash; event_pseudonyms does so with whole tables
    id_key          with which key a store was made, so that no other one mixes in
    redaction       what log records may say
    headers         what every response carries

`serving.api.guard` is the edge, `serving.users_command` the operators' command. A user is a name with keys; people, who
have passwords, are in `serving.console.sign_in`.
"""
