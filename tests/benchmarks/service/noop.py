"""BentoML's own default endpoint, as it comes: its least work for a request."""

import bentoml


@bentoml.service(workers=2)
class Noop:
    """Answers with what it was given."""

    @bentoml.api
    def noop(self, x: int) -> dict:  # type: ignore[type-arg]
        """Do nothing."""
        return {"x": x}
