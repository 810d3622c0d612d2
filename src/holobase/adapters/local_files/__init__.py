"""Blobs as the files of a folder, in the layout of PocketBase's `storage`."""

from holobase.adapters.local_files.folder import Folder

__all__ = ["Folder"]
