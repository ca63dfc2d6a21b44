"""Writes the seed corpora of the fuzz targets: make_corpus.py FOLDER makes FOLDER/TARGET/NAME.

Small files of every kind that a reader tells apart: sound ones, ones for each fault that has a message of its own, and
those that once made a reader fail. Together they must reach 80 % of the reader's lines. TARGET_seeds in seeds/ yields
those of a target, with a name each.
"""

import pathlib
import sys

from seeds import archives, arrays, keras, models, pickles, tables, texts


def main(folder):
    for module in (archives, arrays, keras, models, pickles, tables, texts):
        for function in [name for name in vars(module) if name.endswith("_seeds")]:
            place = pathlib.Path(folder) / function.removesuffix("_seeds")
            place.mkdir(parents=True, exist_ok=True)
            for name, data in getattr(module, function)():
                (place / name).write_bytes(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
