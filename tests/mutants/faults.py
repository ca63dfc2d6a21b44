"""Faults as small patches that outlive moved files and shifted lines.

A list is a text file of an area, such as plans.txt. Each of its entries is

    ## the fault, in words
    in: memory.cc                       the file, by its name, in whatever folder
    try: [plan]                         arguments for reel-tests, or a program and its arguments: reel-memory
    - const int x = 1;                  what stands once in files of that name; of several lines, each begins with "- "
    + const int x = 2;                  what the fault makes of it; nothing, or lines that begin with "+ "
    survives: it changes speed alone    only where no test can notice it: why

Spaces and line ends count as one space, wherever they stand and however many they are. Other lines are comments.
"""
import hashlib
import re
import shlex

FOLDERS = ("graph", "ops", "autodiff", "models", "tools")


class DoesNotApply(Exception):
    pass


class Fault:
    def __init__(self, area, name):
        self.area, self.name = area, name
        self.file = self.survives = self.program = ""
        self.tests, self.old, self.new = [], [], []

    @property
    def digest(self):
        said = "\0".join((self.file, self.program, *self.tests, "-", *self.old, "+", *self.new))
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def applied(self, source):
        """The path of the file, wherever it is by now, its text, and its text with the fault."""
        files = [path for folder in FOLDERS for path in (source / folder).rglob(self.file)]
        pattern = re.compile(r"\s+".join(re.escape(word) for word in " ".join(self.old).split()))
        found = [(path, place) for path in files for place in pattern.finditer(path.read_text())]
        if not files:
            raise DoesNotApply(f"there is no file {self.file}")
        if len(found) != 1:
            raise DoesNotApply(f"{self.file} has its text {len(found)} times, expected once")
        (path, place), = found
        text = path.read_text()
        return path, text, text[:place.start()] + "\n".join(self.new) + text[place.end():]

    def check(self):
        if not self.file or not self.old or not (self.tests or self.program) or self.old == self.new:
            raise SystemExit(f"{self.area}: {self.name}: needs a file, tests to try, what stands there and what does then")


def _read(path):
    faults = []
    for line in path.read_text().splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "##":
            faults.append(Fault(path.stem, rest.strip()))
        elif not faults:
            continue
        elif kind == "in:":
            faults[-1].file = rest.strip()
        elif kind == "try:":
            words = shlex.split(rest)
            faults[-1].program = words.pop(0) if words and words[0].startswith("reel-") else ""
            faults[-1].tests = words
        elif kind == "survives:":
            faults[-1].survives = rest.strip()
        elif kind == "-":
            faults[-1].old.append(rest.strip())
        elif kind == "+":
            faults[-1].new.append(rest.strip())
    return faults


def load(folder):
    """All faults of a folder's lists. Exits where one is not whole, or two have one name."""
    faults = [fault for path in sorted(folder.glob("*.txt")) for fault in _read(path)]
    titles = set()
    for fault in faults:
        fault.check()
        if (fault.area, fault.name) in titles:
            raise SystemExit(f"{fault.area}: two faults are named '{fault.name}'")
        titles.add((fault.area, fault.name))
    return faults
