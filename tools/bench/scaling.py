"""How Reel's training step grows with steps, units and rows of a batch, and how far it is from what can be."""

import csv
import os
import statistics

import programs
import report

SIZES = {"steps": (50, 100, 200, 500, 1000, 2000, 5000), "units": (32, 64, 128, 256, 512, 1024),
         "rows": (32, 64, 128, 256, 512, 1024)}
QUICK_SIZES = {"steps": (50, 200, 500), "units": (32, 128, 256), "rows": (32, 128)}
USUAL = {"steps": 500, "units": 128, "rows": 128}
JOB = ("steps", "units", "rows", "threads")
COLUMNS = (*JOB, "train_ms", "forward_ms", "one_row_ms", "first_step_ms", "peak_rss_mb",
           "distinct_share", "dense_gflop", "needed_gflop", "peak_gflops", "limit_ms", "share_of_limit")


def points(quick):
    """(steps, units, rows): one varies while the others are as usual."""
    sizes = QUICK_SIZES if quick else SIZES
    return list(dict.fromkeys(tuple({**USUAL, varied: size}.values()) for varied in sizes for size in sizes[varied]))


def measure(options, say):
    """Every point once a round, each in a process of its own."""
    program = os.path.join(options.build, "reel-scaling")
    seconds = "0" if options.quick else "1"
    jobs = [(*point, threads) for threads in options.threads for point in points(options.quick)]
    results, failures = {}, []
    for round_number in range(1, options.rounds + 1):
        for i, job in enumerate(jobs, 1):
            steps, units, rows, threads = job
            figures, took = programs.run([program, *map(str, job), seconds], threads, options.timeout)
            name = f"{steps} steps, {units} units, {rows} rows, {threads} thread{'' if threads == 1 else 's'}"
            if "failed" in figures:
                failures.append(f"{name}, round {round_number}: {figures['failed']}")
                say(f"round {round_number}/{options.rounds}, {i}/{len(jobs)}: {name}: failed: {figures['failed']}")
                continue
            results.setdefault(job, []).append(figures)
            say(f"round {round_number}/{options.rounds}, {i}/{len(jobs)}: {name}: "
                f"{report.time_text(figures['train_ms'])}, {figures['share_of_limit']:.0%} of the limit ({took:.0f} s)")
        write(options, results, failures)


def write(options, results, failures):
    """The medians as CSV, and where they come from as JSON."""
    with open(os.path.join(report.folder(options.out), "scaling.csv"), "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for job, rounds in results.items():
            medians = [statistics.median(figures[column] for figures in rounds) for column in COLUMNS[len(JOB):]]
            rows.writerow([*job, *(f"{value:.6g}" for value in medians)])
    report.save(options.out, "scaling.json", {"machine": options.machine, "rounds": options.rounds,
                                              "quick": options.quick, "failures": failures})


def read(out):
    with open(os.path.join(report.folder(out), "scaling.csv"), newline="") as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    return [{**row, **{key: int(row[key]) for key in JOB}} for row in rows]


def table(rows):
    lines = ["| steps | units | rows | threads | training step | limit | of the limit | distinct | batch | one row | "
             "first step | peak memory |", "|" + " ---: |" * 12]
    for row in rows:
        times = [report.time_text(row[key]) for key in ("forward_ms", "one_row_ms", "first_step_ms")]
        lines.append(f"| {' | '.join(str(row[key]) for key in JOB)} | {report.time_text(row['train_ms'])} | "
                     f"{report.time_text(row['limit_ms'])} | {row['share_of_limit']:.0%} | "
                     f"{row['distinct_share']:.0%} | {' | '.join(times)} | {report.digits(row['peak_rss_mb'])} MB |")
    return "\n".join(lines)


def plot(rows, path):
    """A panel for each size that varies, logarithmic both ways, with the limit below."""
    plt = report.plotting()
    whole, axes = plt.subplots(1, len(USUAL), figsize=(12, 3.4), layout="constrained")
    for axis, varied in zip(axes, USUAL):
        usual = {key: size for key, size in USUAL.items() if key != varied}
        for threads, colour in zip(sorted({row["threads"] for row in rows}), ("#c2410c", "#1d4ed8", "#15803d", "k")):
            line = sorted((row for row in rows if row["threads"] == threads and usual.items() <= row.items()),
                          key=lambda row: row[varied])
            x = [row[varied] for row in line]
            name = f"{threads} thread{'' if threads == 1 else 's'}"
            axis.plot(x, [row["train_ms"] for row in line], "o-", color=colour, label=name)
            axis.plot(x, [row["limit_ms"] for row in line], ":", color=colour, label=f"limit, {name}")
            axis.set(xscale="log", yscale="log", xlabel=varied, ylabel="training step, ms",
                     title=", ".join(f"{size} {key}" for key, size in usual.items()), xticks=x, xticklabels=x)
            axis.minorticks_off()
    axes[0].legend(frameon=False)
    report.save_plot(whole, path)
    plt.close(whole)


def render(out):
    rows, saved = read(out), report.load(out, "scaling.json")
    if not rows:
        raise OSError("scaling: every point failed" + "".join(f"\n  {line}" for line in saved["failures"][:1]))
    plot(rows, os.path.join(report.folder(out), "scaling.svg"))
    failed = "\n".join(f"- failed: {line}" for line in saved["failures"])
    report.replace_section(report.performance_page(out), "scaling", "\n\n".join(
        [report.described(saved), "![training step against steps, units and rows](performance/scaling.svg)",
         table(rows), failed]))
