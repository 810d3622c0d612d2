"""SQLite's spelling of what views compute: as it was written, in brackets."""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from holobase.rules.dialect.computing import (
    FLAG,
    Aggregate,
    AnyOfGroup,
    Arithmetic,
    As,
    Bare,
    Call,
    Cast,
    Computed,
    Held,
    IsTrue,
    Negative,
    Scalar,
    Together,
    Truth,
)


def _parts(element: Computed, compiler: SQLCompiler, **options: Any) -> list[str]:
    return [compiler.process(part, **options) for part in element.parts]


@compiles(Held, "sqlite")
@compiles(As, "sqlite")
@compiles(Scalar)
@compiles(AnyOfGroup, "sqlite")
def _plain(element: Computed, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.parts[0], **options)


@compiles(Truth, "sqlite")
@compiles(IsTrue, "sqlite")
def _bracketed(element: Computed, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.parts[0], **options)})"


@compiles(Arithmetic, "sqlite")
def _arithmetic(element: Arithmetic, compiler: SQLCompiler, **options: Any) -> str:
    left, right = _parts(element, compiler, **options)
    return f"({left} {element.operator} {right})"


@compiles(Bare, "sqlite")
def _bare(element: Bare, compiler: SQLCompiler, **options: Any) -> str:
    return f"(+ {compiler.process(element.parts[0], **options)})"


@compiles(Negative, "sqlite")
def _negative(element: Negative, compiler: SQLCompiler, **options: Any) -> str:
    return f"(- {compiler.process(element.parts[0], **options)})"


@compiles(Together, "sqlite")
def _together(element: Together, compiler: SQLCompiler, **options: Any) -> str:
    return f"({' || '.join(_parts(element, compiler, **options))})"


@compiles(Cast, "sqlite")
def _cast(element: Cast, compiler: SQLCompiler, **options: Any) -> str:
    (value,) = _parts(element, compiler, **options)
    if element.to is FLAG:
        return f"(CAST({value} AS NUMERIC) <> 0)"
    return f"CAST({value} AS {element.to.name})"


@compiles(Call, "sqlite")
def _call(element: Call, compiler: SQLCompiler, **options: Any) -> str:
    return f"{element.name}({', '.join(_parts(element, compiler, **options))})"


@compiles(Aggregate, "sqlite")
def _aggregate(element: Aggregate, compiler: SQLCompiler, **options: Any) -> str:
    distinct = "DISTINCT " if element.is_distinct else ""
    parts = ", ".join(_parts(element, compiler, **options))
    if not parts and element.name == "count":
        parts = "*"
    return f"{element.name}({distinct}{parts})" + window(element, compiler, **options)


def window(element: Aggregate, compiler: SQLCompiler, **options: Any) -> str:
    """The window that an aggregate goes over, where it has one."""
    if element.over is None:
        return ""
    words = []
    if element.over.partition:
        listed = (compiler.process(each, **options) for each in element.over.partition)
        words.append(f"PARTITION BY {', '.join(listed)}")
    if element.over.order:
        listed = (compiler.process(each, **options) for each in element.over.order)
        words.append(f"ORDER BY {', '.join(listed)}")
    return f" OVER ({' '.join(words)})"
