"""Imaging by libvips, in processes of their own: hostile pictures meet limits there, not us."""

from holobase.adapters.vips.workshop import Workshop

__all__ = ["Workshop"]
