"""The one error of this package."""


class RuleError(ValueError):
    """The text is not an expression, or names something that is not there or not allowed.

    `reason` is a short sentence about the text, `position` the offset it is about.
    """

    def __init__(self, reason: str, position: int = 0) -> None:
        super().__init__(f"{reason} (at {position})")
        self.reason = reason
        self.position = position
