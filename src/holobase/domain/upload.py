"""A file that somebody has sent, as rules and checks see it."""

import msgspec


class Upload(msgspec.Struct, frozen=True):
    """`name` is what it will be stored as, `original_name` what the sender calls it; its type is
    what its content tells."""

    name: str
    original_name: str
    size: int
    content_type: str

    def for_rules(self) -> dict[str, str | int]:
        """What rules see of it."""
        return {"name": self.name, "originalName": self.original_name, "size": self.size}
