"""Percent of lines that were run: llvm-cov export -summary-only ... | coverage.py SOURCE..."""

import json
import os
import sys

sources = sys.argv[1:]
files = json.load(sys.stdin)["data"][0]["files"]
# By the ends of their names: a compiler cache may have compiled them under another folder.
ours = [entry for entry in files if os.path.normpath(entry["filename"]).endswith(tuple("/" + name for name in sources))]
if len(ours) != len(sources):
    sys.exit(f"coverage.py: expected figures of {sources}, got those of {[entry['filename'] for entry in ours]}")
lines = [entry["summary"]["lines"] for entry in ours]
print(100 * sum(line["covered"] for line in lines) // sum(line["count"] for line in lines))
