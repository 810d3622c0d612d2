"""What the engine needs from outside to deal with files."""

from collections.abc import Callable

import msgspec

from holobase.engine.files.depot import Depot
from holobase.engine.files.places import Places
from holobase.engine.instance_settings import KeptSettings
from holobase.engine.kernel import Kernel
from holobase.ports.imaging import Imaging
from holobase.ports.locks import Locks


class FileTools(msgspec.Struct, frozen=True):
    """`upload_bytes_max` is what one account may have on its way, `upload_kept_seconds` how long
    that is kept. `on_failure` hears of what went wrong where nobody waits for it."""

    make_places: Callable[[KeptSettings], Places]
    imaging: Imaging
    locks: Locks
    upload_bytes_max: int
    upload_kept_seconds: float
    on_failure: Callable[[Exception], None]

    def depot(self, kernel: Kernel, places: Places) -> Depot:
        """Where files are that are on their way."""
        return Depot(kernel, places, self.upload_bytes_max, self.upload_kept_seconds)
