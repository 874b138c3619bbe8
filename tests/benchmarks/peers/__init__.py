"""Other ways to the same window totals, for `make bench`: each engine's best form, on the same arrays.

Read `work` first: what is to be computed, and from what. `batch_engine` is the engine itself. `polars_rolling`,
`duckdb_windows` and `pandas_rolling` answer all claims at once and are timed by `agreement.compare`; `sql_aggregate`
answers one claim, as a service without running totals would.

Each bulk peer has `prepare(work)`, which copies the columns into the peer's own format and isn't timed, and
`totals(prepared)`, which is timed from there to the NumPy result, sorting included.
"""
