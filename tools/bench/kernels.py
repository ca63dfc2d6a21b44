"""Runs reel-kernels, and makes tables of what Google Benchmark reports."""

import json
import os
import subprocess

import programs
import report

ROWS = (1, 4, 8, 16, 32, 64)


def measure(options, say):
    """All kernels in random order, several times over, so that noise falls on all alike."""
    path = os.path.join(report.folder(options.out), "kernels.json")
    command = [os.path.join(options.build, "reel-kernels"), f"--benchmark_out={path}", "--benchmark_out_format=json",
               f"--benchmark_min_time={0.01 if options.quick else 0.1}", "--benchmark_enable_random_interleaving=true",
               f"--benchmark_repetitions={options.rounds}", "--benchmark_report_aggregates_only=true"]
    say(f"reel-kernels, {options.rounds} time{'' if options.rounds == 1 else 's'} each; this takes a few minutes")
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, env=programs.environment())
    if done.returncode != 0:
        raise OSError(f"reel-kernels failed: {programs.last_line(done.stderr)}")
    tidy(options, path)


def tidy(options, path):
    """Keeps what the tables need."""
    with open(path) as file:
        raw = json.load(file)
    # A single repetition has no aggregates.
    entries = [entry for entry in raw["benchmarks"] if entry.get("aggregate_name", "median") == "median"]
    kept = {entry["run_name"].removesuffix("/real_time"): {
        key: entry[key] for key in ("ns", "GFLOP/s", "peak%", "GB/s") if key in entry} for entry in entries}
    peaks = {key: float(value) for key, value in raw["context"].items() if key.startswith("peak")}
    report.save(options.out, "kernels.json", {"machine": options.machine, "rounds": options.rounds,
                                              "quick": options.quick, "peaks": peaks, "kernels": kept})


def arguments_of(name):
    """"matmul/rows:1/k:16" -> ("matmul", {"rows": 1, "k": 16})"""
    kernel, *pairs = name.split("/")
    return kernel, {key: int(value) for key, _, value in (pair.partition(":") for pair in pairs)}


def pair_text(kernels, ours, theirs):
    """"80 / 62": GFLOP/s of Reel and of oneDNN."""
    values = [kernels.get(name, {}).get("GFLOP/s") for name in (ours, theirs)]
    return "–" if None in values else " / ".join(report.digits(value) for value in values)


def product_table(kernels, kernel, title):
    """A row for each pair of k and n, a column for each number of rows."""
    shapes = [arguments_of(name)[1] for name in kernels if arguments_of(name)[0] == kernel]
    factors = list(dict.fromkeys((shape["k"], shape["n"]) for shape in shapes))
    columns = [rows for rows in ROWS if any(shape["rows"] == rows for shape in shapes)]
    lines = [f"**{title}**", "", "| k x n | " + " | ".join(f"{rows} row{'' if rows == 1 else 's'}" for rows in columns)
             + " |", "| --- |" + " ---: |" * len(columns)]
    for k, n in sorted(factors):
        cells = []
        for rows in columns:
            shape = f"/rows:{rows}/k:{k}/n:{n}"
            cells.append(pair_text(kernels, kernel + shape, f"{kernel}_onednn" + shape))
        lines.append(f"| {k} x {n} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def large_table(kernels):
    shapes = [arguments_of(name)[1] for name in kernels if arguments_of(name)[0] == "large"]
    counts = sorted({shape["threads"] for shape in shapes})
    lines = ["**Square products in a program of their own**", "", "| size | "
             + " | ".join(f"{count} thread{'' if count == 1 else 's'}" for count in counts) + " |",
             "| ---: |" + " ---: |" * len(counts)]
    for size in sorted({shape["size"] for shape in shapes}):
        cells = [pair_text(kernels, f"large/size:{size}/threads:{count}", f"large_onednn/size:{size}/threads:{count}")
                 for count in counts]
        lines.append(f"| {size} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def bandwidth_table(kernels):
    """Everything that moves more than it computes."""
    lines = ["**Elementwise ops (rows of 1,024) and tables (64,000 words), one thread**", "",
             "| kernel | time | GB/s |", "| --- | ---: | ---: |"]
    for name, entry in sorted(kernels.items()):
        if "GB/s" in entry:
            kernel, shape = arguments_of(name)
            size = ", ".join(f"{key} {value}" for key, value in shape.items())
            time = report.time_text(entry["ns"] / 1e6)
            lines.append(f"| {kernel}, {size} | {time} | {report.digits(entry['GB/s'])} |")
    return "\n".join(lines)


def render(out):
    saved = report.load(out, "kernels.json")
    kernels = saved["kernels"]
    peaks = "; ".join(f"{key}: {value:.0f}" for key, value in saved["peaks"].items())
    overhead = report.time_text(kernels["overhead"]["ns"] / 1e6)
    report.replace_section(report.performance_page(out), "kernels", "\n\n".join(
        [f"{report.described(saved)} Measured {peaks}. A program with hardly any work takes {overhead} a run. Products: "
         "GFLOP/s, Reel / oneDNN.",
         product_table(kernels, "matmul", "Products of a tile's rows with [k, n], 64 in a program, one thread"),
         product_table(kernels, "matmul_tn",
                       "Gradient of a weight [k, n], contributions of 16 steps, one thread"),
         large_table(kernels), bandwidth_table(kernels)]))
