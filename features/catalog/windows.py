"""The windows in use, and the sets of them that groups share.

Each bounded window of an entity is a seek in a store for each claim; all history costs none.
"""

from features.definition import Window

HOUR = Window.hours(1)
DAY = Window.days(1)
WEEK = Window.days(7)
MONTH = Window.days(30)
QUARTER = Window.days(90)
YEAR = Window.days(365)
EVER = Window.ever()

ALL = (HOUR, DAY, WEEK, MONTH, QUARTER, YEAR, EVER)
DAY_TO_EVER = (DAY, WEEK, MONTH, QUARTER, YEAR, EVER)
MONTH_TO_EVER = (MONTH, QUARTER, YEAR, EVER)
MONTH_AND_EVER = (MONTH, EVER)
QUARTER_AND_EVER = (QUARTER, EVER)
