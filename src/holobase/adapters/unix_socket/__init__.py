"""The hub over a Unix socket: one process serves it, the others of the machine are its members."""

from holobase.adapters.unix_socket.member import Member
from holobase.adapters.unix_socket.server import HubServer, listen

__all__ = ["HubServer", "Member", "listen"]
