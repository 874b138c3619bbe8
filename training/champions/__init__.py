"""Who was champion when: each change is a record of its own beside the registered model, so that none gets lost.

Read in this order:
    promotion   one change, and what a list of them says: who ruled when, and who came before
    records     where they are kept: tags of MLflow's registered model, shared by all who use it
    table       the list as text and as JSON
    command     `clearclaim-train history` and `clearclaim-train rollback`
"""
