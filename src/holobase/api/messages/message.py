"""The shape of our sentences: English and Korean, by what they are about."""

from typing import TypeAlias

ENGLISH, KOREAN = 0, 1

Messages: TypeAlias = dict[str, tuple[str, str]]
"""Reason or code to its sentence in English and in Korean; `{name}` stands for a parameter."""
