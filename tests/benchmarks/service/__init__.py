"""How quick the service is over HTTP, beside peers in the same run."""
