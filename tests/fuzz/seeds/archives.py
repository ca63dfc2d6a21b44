"""Packed bytes: gzip and ZIP."""

import gzip
import io
import struct
import zipfile

ZEROS = bytes(1 << 20)


def gzip_seeds():
    sound = gzip.compress(b"some bytes of no importance", mtime=0)
    yield "sound", sound
    yield "empty", gzip.compress(b"", mtime=0)
    yield "two_members", sound + sound
    yield "padded", sound + bytes(300)
    yield "tail", sound + b"more"
    yield "half_a_header_behind", sound + sound[:5]
    yield "cut", sound[:-9]
    yield "cut_header", sound[:6]
    yield "checksum", flipped(sound, len(sound) - 6)
    yield "length", flipped(sound, len(sound) - 2)
    yield "damaged", flipped(sound, 12)
    yield "named", b"\x1f\x8b\x08\x08" + sound[4:10] + b"name\x00" + sound[10:]
    yield "no_gzip", b"text"
    yield "nothing", b""
    yield "zeros", gzip.compress(ZEROS, mtime=0)
    yield "empty_members", gzip.compress(b"", mtime=0) * 100


def archive(entries, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as written:
        for name, data in entries:
            written.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def zip_seeds():
    two = [("config.json", b"{}"), ("weights/a", b"0123456789")]
    sound = archive(two)
    yield "stored", sound
    yield "deflated", archive([("a", b"a" * 500)], zipfile.ZIP_DEFLATED)
    yield "bzip2", archive([("a", b"a" * 500)], zipfile.ZIP_BZIP2)
    yield "empty", archive([])
    yield "empty_entry", archive([("a", b"")])
    yield "folder", archive([("weights/", b"")] + two)
    yield "names", archive([("ä €.npy", b"1"), ("\\n", b"2")])
    yield "twice", sound.replace(b"weights/a", b"config.js").replace(b"config.json", b"config.js\x00\x00")
    yield "same_name", archive([("aa", b"1"), ("bb", b"2")]).replace(b"bb", b"aa")
    yield "no_name", sound.replace(b"config.json", b"\x00" * 11)
    yield "control_in_name", archive([("a\x1b[31m/b", b"1"), ("a\n", b"2")])
    yield "checksum", sound.replace(b"0123456789", b"0123456780")
    yield "deflate_damaged", flipped(archive([("a", bytes(range(99)) * 9)], zipfile.ZIP_DEFLATED), 60)
    yield "encrypted", sound.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    yield "other_size", sound.replace(struct.pack("<II", 10, 10), struct.pack("<II", 10, 12))
    yield "smaller_size", sized(archive([("a", b"a" * 500)], zipfile.ZIP_DEFLATED), 500, 400)
    yield "larger_size", sized(archive([("a", b"a" * 500)], zipfile.ZIP_DEFLATED), 500, 600)
    yield "huge_size", sized(archive([("a", b"a" * 500)], zipfile.ZIP_DEFLATED), 500, 0xFFFFFFF0)
    yield "bomb", sized(archive([("a", b"a" * 500)], zipfile.ZIP_DEFLATED), 500, 300 << 20)
    yield "zeros", archive([("a", ZEROS)], zipfile.ZIP_DEFLATED)
    yield "many_entries", archive([(str(i), b"") for i in range(200)])
    yield "comment", sound[:-2] + b"\x04\x00note"
    yield "in_front", b"#!/bin/sh\n" + sound
    yield "cut", sound[:-30]
    yield "nothing", b""
    yield "no_zip", b"PK\x03\x04 and so on"


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1:]


def sized(data, size, other):
    """The archive with another unpacked size in its headers."""
    return data.replace(struct.pack("<I", size), struct.pack("<I", other))
