"""People of the console, their passwords and their sessions. No HTTP and no HTML.

Nothing that opens anything can be read out of these tables: passwords are stored as Argon2id hashes, sessions as the
SHA-256 of a random token, and the token of forms follows from the session's, so that it is stored nowhere.

Read in this order:
    tables          the rows
    password_rules  which passwords are refused, and those that are made up for people
    passwords       Argon2id, no more at a time than claims can spare
    attempts        who guesses must wait, ever longer, and never for ever
    signing         tokens that say of themselves whether they are ours
    session_table   sessions as they are stored
    sessions        from a cookie to a session
    person_table    people as they are stored, and what was done to them
    people          what administrators and operators do: add, disable, change a role, reset a password
    signing_in      the sign-in itself, signing out, and changing one's own password
    opening         all of it on a store
"""
