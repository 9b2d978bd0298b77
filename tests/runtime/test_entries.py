"""Whatever the model lets be journalled can be read back."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import msgspec

import titan.model
from titan.runtime.entries import TYPES


def test_every_tagged_struct_of_the_model_can_be_read_from_a_journal() -> None:
    found = set()
    for module in pkgutil.iter_modules(titan.model.__path__):
        for _, one in inspect.getmembers(
            importlib.import_module(f"titan.model.{module.name}"), inspect.isclass
        ):
            if issubclass(one, msgspec.Struct) and one.__struct_config__.tag_field == "what":
                found.add(one)
    assert {one.__name__ for one in found - set(TYPES)} == set()


def test_tags_are_not_used_twice() -> None:
    tags = [one.__struct_config__.tag for one in TYPES]
    assert len(set(tags)) == len(TYPES) == len(set(TYPES))
