"""Blobs as the files of a folder, in the layout of PocketBase's `storage`; and locks as files."""

from holobase.adapters.local_files.folder import Folder
from holobase.adapters.local_files.locks import FileLocks

__all__ = ["FileLocks", "Folder"]
