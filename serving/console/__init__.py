"""The pages on which people work: plain HTML from the service itself, with a little script that nothing depends on.

Read in this order:
    languages   what pages say, in both languages: the files in texts/
    visit       who asks for what, and what pages share
    page        a page: its path, its handler, and who may see it
    rendering   from a template to a response
    guarding    what a browser is told, and what is believed of it
    app         from a connection to a page and back
    waterfall   reasons as a drawing; case_words what the case page says of values
    pages       the pages, area by area
    sign_in     people of the console, their passwords and sessions
    opening     all of it, as a service opens it
"""
