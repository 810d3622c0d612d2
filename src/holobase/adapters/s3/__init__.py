"""Blobs as the objects of a bucket, on anything that speaks S3."""

from holobase.adapters.s3.bucket import PART_BYTES, Bucket, Place

__all__ = ["PART_BYTES", "Bucket", "Place"]
