"""Realtime: whoever stays connected is told of changes as they are committed.

`topics` says what may be listened to, `clients` who is connected, `accounts` as whom, `audience`
who listens to what, and `realtime` ties them together and hands over between processes.
"""

from holobase.engine.realtime.clients import Client
from holobase.engine.realtime.realtime import Realtime
from holobase.engine.realtime.topics import CLIENT_BYTES_MAX, TOPIC_BYTES_MAX, TOPICS_MAX, bytes_of

__all__ = [
    "CLIENT_BYTES_MAX",
    "TOPICS_MAX",
    "TOPIC_BYTES_MAX",
    "Client",
    "Realtime",
    "bytes_of",
]
