"""The field types, one file each. `AnyField` is their union: msgspec picks one by `type`."""

from typing import TypeAlias

from holobase.domain.fields.autodate import AutodateField
from holobase.domain.fields.bool import BoolField
from holobase.domain.fields.date import DateField
from holobase.domain.fields.editor import EditorField
from holobase.domain.fields.email import EmailField
from holobase.domain.fields.field import Cell, Field, Storage, Value
from holobase.domain.fields.file import FileField
from holobase.domain.fields.geo_point import GeoPointField
from holobase.domain.fields.json import JsonField
from holobase.domain.fields.number import NumberField
from holobase.domain.fields.password import PasswordField
from holobase.domain.fields.relation import RelationField
from holobase.domain.fields.select import SelectField
from holobase.domain.fields.text import TextField
from holobase.domain.fields.url import UrlField

AnyField: TypeAlias = (
    TextField
    | EditorField
    | NumberField
    | BoolField
    | EmailField
    | UrlField
    | DateField
    | AutodateField
    | SelectField
    | FileField
    | RelationField
    | JsonField
    | PasswordField
    | GeoPointField
)

__all__ = [
    "AnyField",
    "AutodateField",
    "BoolField",
    "Cell",
    "DateField",
    "EditorField",
    "EmailField",
    "Field",
    "FileField",
    "GeoPointField",
    "JsonField",
    "NumberField",
    "PasswordField",
    "RelationField",
    "SelectField",
    "Storage",
    "TextField",
    "UrlField",
    "Value",
]
