"""The files of a set of cases, and the list of what is in them."""
import io
import json
import zipfile
import zlib

import numpy as np


def generator(name):
    """The random numbers of the case `name`."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def as_array(value):
    """`value` as float32 or int32; what is bool becomes 0 and 1."""
    array = np.asarray(value)
    kind = np.float32 if array.dtype.kind == "f" else np.int32
    return np.ascontiguousarray(array.astype(kind)).reshape(array.shape)


class CaseSet:
    def __init__(self, folder):
        self.folder = folder
        self.names = []

    def add(self, *names):
        """Records cases by the names that reel-golden gives them."""
        for name in names:
            assert name not in self.names, name
            self.names.append(name)

    def save(self, path, description, arrays=None):
        """Writes PATH.json, a line for each element of its lists, and PATH.npz."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        self._write_json(file.with_suffix(".json"), description)
        if arrays is not None:
            _write_npz(file.with_suffix(".npz"), arrays)

    def save_manifest(self, made_by):
        self._write_json(self.folder / "manifest.json", {"made_by": made_by, "cases": sorted(self.names)})

    def bytes(self):
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())

    @staticmethod
    def _write_json(file, description):
        def line(value):
            return json.dumps(value, allow_nan=False, separators=(",", ":"))

        parts = []
        for key, value in description.items():
            if isinstance(value, list) and value:
                text = "[\n" + ",\n".join(line(element) for element in value) + "\n]"
            else:
                text = line(value)
            parts.append(f"{json.dumps(key)}: {text}")
        file.write_text("{\n" + ",\n".join(parts) + "\n}\n")


class Part:
    """What a part of the set has so far: descriptions of its cases, and their arrays."""

    def __init__(self, cases):
        self.cases, self.specs, self.arrays = cases, [], {}


def _write_npz(file, arrays):
    """As numpy.savez_compressed, but the same bytes every time: no date goes in."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in arrays.items():
            entry = io.BytesIO()
            array = as_array(value)
            np.lib.format.write_array(entry, array.reshape(1) if array.ndim == 0 else array, version=(1, 0))
            info = zipfile.ZipInfo(f"{name}.npy")
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, entry.getvalue())
