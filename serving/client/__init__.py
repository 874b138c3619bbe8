"""A typed client of the service, for the platform's own code: `pip install 'clearclaim[client]'`.

It asks over HTTP and reads the answers' models; of the server it loads nothing. What fails for a moment is asked again
with the same ids, which is safe: a claim is decided once, an event is taken once.

    with ClearclaimClient("http://127.0.0.1:3000") as client:
        answer = client.score({"claim_id": "C1", ...})

Read in this order:
    errors          what a caller may have to catch
    asking          what can be asked, and how each answer is read
    retries         whether and when to ask again
    talking         one request and its attempts
    feed            decisions one after the other, with a cursor
    sync            the client; asynchronous, the same to be awaited
"""

from serving.client.asynchronous import AsyncClearclaimClient
from serving.client.errors import ClearclaimError
from serving.client.feed import AsyncDecisionFeed, DecisionFeed
from serving.client.retries import Retries
from serving.client.sync import ClearclaimClient

__all__ = [
    "AsyncClearclaimClient",
    "AsyncDecisionFeed",
    "ClearclaimClient",
    "ClearclaimError",
    "DecisionFeed",
    "Retries",
]
