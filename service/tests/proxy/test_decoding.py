"""Decompression piece by piece: the same bytes, and a measure."""

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.proxy.decoding import Decoder, can_decode
from counterfoil.proxy.errors import BodyBomb


def bare(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


COMPRESS: dict[bytes, Callable[[bytes], bytes]] = {
    b"gzip": gzip.compress,
    b"X-GZIP ": gzip.compress,
    b"deflate": zlib.compress,
}


def decoder(coding: bytes, *, free_bytes: int = 10_000_000, most_growth: int = 10) -> Decoder:
    assert can_decode(coding)
    return Decoder(coding, free_bytes=free_bytes, most_growth=most_growth)


def decode(one: Decoder, packed: bytes, piece_bytes: int) -> bytes:
    pieces = [packed[at : at + piece_bytes] for at in range(0, len(packed), piece_bytes)]
    plain = b"".join(part for piece in pieces for part in one.feed(piece))
    one.finish()
    return plain


@given(st.binary(max_size=2_000), st.integers(1, 50), st.sampled_from(sorted(COMPRESS)))
def test_however_it_is_cut_into_pieces_the_body_is_the_same(
    data: bytes, piece_bytes: int, coding: bytes
) -> None:
    assert decode(decoder(coding), COMPRESS[coding](data), piece_bytes) == data


def test_deflate_without_its_wrapping_is_read_too() -> None:
    assert decode(decoder(b"deflate"), bare(b"plain" * 100), 7) == b"plain" * 100


@pytest.mark.parametrize("piece_bytes", [1, 1000])
def test_several_members_are_one_body(piece_bytes: int) -> None:
    assert decode(decoder(b"gzip"), gzip.compress(b"one") + gzip.compress(b"two"), piece_bytes) == b"onetwo"


def test_a_body_of_nothing_is_nothing() -> None:
    assert decode(decoder(b"gzip"), b"", 1) == b""


@pytest.mark.parametrize("coding", [b"br", b"zstd", b"gzip, gzip", b"identity", b""])
def test_other_codings_are_not_ours(coding: bytes) -> None:
    assert not can_decode(coding)


def test_pieces_are_bounded_however_much_comes_out() -> None:
    pieces = list(decoder(b"gzip").feed(gzip.compress(bytes(5_000_000))))
    assert max(map(len, pieces)) <= 262_144
    assert sum(map(len, pieces)) == 5_000_000


def test_growth_beyond_measure_is_stopped() -> None:
    grown: list[int] = []
    feeding = decoder(b"gzip", free_bytes=1_000_000).feed(gzip.compress(bytes(100_000_000)))
    with pytest.raises(BodyBomb):
        grown.extend(map(len, feeding))
    assert sum(grown) <= 1_000_000


def test_growth_within_measure_has_no_bound() -> None:
    data = bytes(range(256)) * 20_000
    packed = gzip.compress(data, 1)
    growth = len(data) // len(packed) + 1
    assert decode(decoder(b"gzip", free_bytes=10, most_growth=growth), packed, 10**9) == data


@pytest.mark.parametrize("packed", [b"plain text", gzip.compress(b"x" * 100, mtime=0)[:-9], b"\x1f\x8b\x08"])
def test_what_is_not_what_it_says_is_refused(packed: bytes) -> None:
    with pytest.raises(BodyBomb):
        decode(decoder(b"gzip"), packed, 1000)
