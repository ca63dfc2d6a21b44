"""What tools/faults/run tells, as text and as a part of docs/reproducibility.md."""

import os

BEGIN, END = "<!-- tools/faults/run --write -->\n", "<!-- end -->\n"
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/reproducibility.md")
WORDS = {True: "same", False: "DIFFERS", None: "-"}


def line(row):
    damaged = list(row["damages"].values())
    return (f"| {row['family']} | {row['kills']} | {row['within']} | {row['trainings']} | {row['differ']} | "
            f"{row['replayed'] / max(1, row['kills']):.1f} | {damaged.count(True)} of {len(damaged)} |")


def ours(rows):
    head = ("| training | kills | of them in a write | trainings | that differ | steps made again a kill | damages that "
            "change nothing |\n| --- | --- | --- | --- | --- | --- | --- |\n")
    sums = {key: sum(row[key] for row in rows) for key in ("kills", "within", "trainings", "differ", "replayed")}
    damages = {f"{row['family']} {name}": value for row in rows for name, value in row["damages"].items()}
    total = line({"family": "all", "damages": damages, **sums})
    return head + "\n".join([line(row) for row in rows] + [total]) + "\n"


def theirs(others):
    if not others:
        return ""
    head = ("\n| training of the same model | kills | trainings | that differ | that do not go on | steps made again a kill "
            "|\n| --- | --- | --- | --- | --- | --- |\n")
    lines = [f"| {one['name']} | {one['kills']} | {one['trainings']} | {one['differ']} | {one['broken']} | "
             f"{one['replayed'] / max(1, one['kills']):.1f} |" for one in others]
    return head + "\n".join(lines) + "\n"


def text(rows, others, targets, threads, every):
    damages = ", ".join(rows[0]["damages"]) if rows else ""
    about = (f"A checkpoint after every {every} steps, two of them kept. Each start draws its number of threads from "
             f"{', '.join(map(str, threads))} and its instruction set from {', '.join(targets)}. The damages: {damages}.\n\n")
    return about + ours(rows) + theirs(others)


def write(table):
    with open(DOCS, encoding="utf-8") as file:
        before, rest = file.read().split(BEGIN)
    after = rest.split(END)[1]
    with open(DOCS, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + "\n" + table + "\n" + END + after)
