"""Why a query is no view."""


class BadView(Exception):
    """The query cannot be a view; `reason` is a sentence that says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
