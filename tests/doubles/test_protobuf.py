"""Protobuf written by hand reads like protobuf's own."""

from __future__ import annotations

from google.protobuf.wrappers_pb2 import BytesValue, Int64Value, StringValue
from hypothesis import given
from hypothesis import strategies as st

from titan.doubles.protobuf import field, message, repeated, varint


@given(st.integers(-(1 << 63), (1 << 63) - 1), st.text(), st.binary())
def test_one_field_of_each_kind(number: int, text: str, data: bytes) -> None:
    assert message(number) == Int64Value(value=number).SerializeToString()
    assert message(text) == StringValue(value=text).SerializeToString()
    assert message(data) == BytesValue(value=data).SerializeToString()


def test_what_is_empty_is_left_out_but_not_of_many() -> None:
    assert message(None, "", 0, False, b"") == b""
    assert message(None, True) == field(2, 1) == b"\x10\x01"
    assert repeated(1, [b"", b"x"]) == b"\x0a\x00\x0a\x01x"
    assert varint(300) == b"\xac\x02"
    assert field(315, "a")[:2] == varint(315 << 3 | 2)
