"""The pages, area by area: each module has the handlers of one area and lists them as PAGES."""
