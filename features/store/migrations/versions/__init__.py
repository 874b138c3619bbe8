"""One file a revision: 0001 is the first store, each later one a change of it. What is released is never edited."""
