"""Everything HTTP: what can be asked over the network, by whom, and in what shape the answers come.

Read in this order:
    endpoint    what an endpoint is: a method, a path, who may call it, its messages, its handler
    office      what handlers share: the store, the desk, the models
    messages    errors, and many claims at once; other messages live with what they are about
    bodies      from bytes to messages, or to an error that names the field
    score ...   the endpoints, a module each; table lists them all
    guard       who calls, asked before a body is read (`serving.access`)
    edge        from a connection to a handler and back, before BentoML's own application
    openapi, page   the description of all this, for programs and for people

Handlers know nothing of sockets, and the desk nothing of HTTP.
"""
