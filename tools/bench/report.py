"""What a comparison comes to: medians, ratios, Markdown tables and bars."""

import datetime
import json
import os
import platform
import statistics

FIGURES = {"train_ms": "training step", "forward_ms": "batch", "one_row_ms": "one row", "first_step_ms": "first step",
           "peak_rss_mb": "peak memory"}
WORK = {"simple_rnn": "SimpleRNN(128)", "lstm": "LSTM(128)", "gru": "GRU(128)"}


# --- files ---

def folder(out):
    return os.path.join(out, "performance")


def prepare(out, skeleton):
    """Makes the folders, and performance.md from the one in docs where it is missing."""
    os.makedirs(folder(out), exist_ok=True)
    page = performance_page(out)
    if not os.path.exists(page):
        with open(skeleton) as source, open(page, "w") as target:
            target.write(source.read())


def save(out, name, value):
    path = os.path.join(folder(out), name)
    with open(path + ".new", "w") as file:
        json.dump(value, file, indent=1)
        file.write("\n")
    os.replace(path + ".new", path)


def load(out, name):
    with open(os.path.join(folder(out), name)) as file:
        return json.load(file)


def performance_page(out):
    return os.path.join(out, "performance.md")


def replace_section(page, name, text):
    """Puts the text between the two comments of a page that bear the name."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    with open(page) as file:
        old = file.read()
    if begin not in old or end not in old:
        raise OSError(f"{page}: expected a section between {begin} and {end}")
    head, tail = old.split(begin)[0], old.split(end)[1]
    with open(page, "w") as file:
        file.write(f"{head}{begin}\n{text.strip()}\n{end}{tail}")


def machine():
    """Processor, how many, when, and how busy."""
    with open("/proc/cpuinfo") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return {"cpu": names[0] if names else platform.machine(), "cpus": len(os.sched_getaffinity(0)),
            "system": platform.system() + " " + platform.release(), "python": platform.python_version(),
            "date": datetime.date.today().isoformat(), "load": load_average()}


def load_average():
    """Processes that wanted a processor during the last minute."""
    return round(os.getloadavg()[0], 1)


def described(saved):
    """One sentence on where and when."""
    at = saved["machine"]
    rounds = saved["rounds"]
    hasty = "A hasty run (`--quick`), good for nothing but trying the command. " if saved.get("quick") else ""
    return (f"{hasty}Measured on {at['date']}: {at['cpu']}, {at['cpus']} processor{'s' if at['cpus'] > 1 else ''}, "
            f"{at['system']}, load {at['load']} before; medians of {rounds} round{'s' if rounds != 1 else ''}.")


# --- numbers ---

def digits(value):
    """Three significant digits, never in powers of ten."""
    return f"{value:.0f}" if value >= 99.95 else f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def time_text(ms):
    if ms < 1:
        return f"{digits(1e3 * ms)} µs"
    return f"{digits(ms)} ms" if ms < 1e3 else f"{digits(ms / 1e3)} s"


def amount(key, figures):
    value = figures[key]
    return f"{digits(value)} MB" if key.endswith("_mb") else time_text(value)


class Results:
    """The results of a comparison by model, threads and program."""

    def __init__(self, saved):
        self.rows = {}
        for row in saved["results"]:
            key = (row["model"], row["threads"], row["program"])
            self.rows.setdefault(key, {})[row["round"]] = row["figures"]

    def models(self):
        return list(dict.fromkeys(model for model, _, _ in self.rows))

    def threads(self, model):
        return sorted({threads for m, threads, _ in self.rows if m == model})

    def programs(self, model, threads):
        return [program for m, t, program in self.rows if (m, t) == (model, threads)]

    def values(self, model, threads, program, figure):
        """By round."""
        rounds = self.rows.get((model, threads, program), {})
        return {i: figures[figure] for i, figures in rounds.items() if figures.get(figure) is not None}

    def median(self, model, threads, program, figure):
        values = self.values(model, threads, program, figure)
        return statistics.median(values.values()) if values else None

    def ratio(self, model, threads, program, figure):
        """Median over the rounds of this program's figure over Reel's in the same round, or None."""
        ours = self.values(model, threads, "reel", figure)
        theirs = self.values(model, threads, program, figure)
        ratios = [theirs[i] / ours[i] for i in theirs if ours.get(i)]
        return statistics.median(ratios) if ratios else None

    def failures(self, model, threads, program):
        """Why, by round."""
        rounds = self.rows[model, threads, program]
        return {i: figures["failed"] for i, figures in rounds.items() if "failed" in figures}

    def all_failed(self, model, threads, program):
        return len(self.failures(model, threads, program)) == len(self.rows[model, threads, program])

    def title(self, model, threads, program):
        """The program with its version, as it calls itself."""
        if program == "reel":
            return "Reel"
        names = [figures["name"] for figures in self.rows[model, threads, program].values() if "name" in figures]
        return names[0] if names else program


# --- tables ---

def cell(results, model, threads, program, figure):
    value = results.median(model, threads, program, figure)
    if value is None:
        return "failed" if results.all_failed(model, threads, program) else "–"
    text = amount(figure, {figure: value})
    ratio = results.ratio(model, threads, program, figure)
    return text if program == "reel" or ratio is None else f"{text} ({digits(ratio)}×)"


def headline(model, threads):
    what = ("autoencoder 5-100-5: batches of 10 rows" if model == "autoencoder" else
            f"{model}: Embedding(5000, 32), {WORK[model]}, Dense(1); batches of 128 reviews of 500 words")
    return f"{what}; {threads} thread{'' if threads == 1 else 's'}"


def table(results, model, threads):
    lines = [f"**{headline(model, threads)}**", "", "| | " + " | ".join(FIGURES.values()) + " |",
             "| --- |" + " ---: |" * len(FIGURES)]
    notes = []
    for program in results.programs(model, threads):
        title = results.title(model, threads, program)
        cells = [cell(results, model, threads, program, figure) for figure in FIGURES]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
        for round_number, why in results.failures(model, threads, program).items():
            notes.append(f"- {title} failed in round {round_number}: {why}")
    return "\n".join(lines + ([""] + notes if notes else []))


def speedups(results):
    """What more threads bring: the training step with the fewest against that with the most."""
    lines = []
    for model in results.models():
        counts = results.threads(model)
        if len(counts) < 2:
            continue
        few, many = counts[0], counts[-1]
        for program in results.programs(model, many):
            pair = [results.median(model, count, program, "train_ms") for count in (few, many)]
            if None not in pair:
                lines.append(f"| {model} | {results.title(model, many, program)} | {time_text(pair[0])} | "
                             f"{time_text(pair[1])} | {digits(pair[0] / pair[1])}× |")
    if not lines:
        return ""
    return "\n".join([f"**Training step with {few} and {many} threads**", "",
                      f"| model | program | {few} thread{'' if few == 1 else 's'} | {many} threads | speed-up |",
                      "| --- | --- | ---: | ---: | ---: |", *lines])


def render(out):
    """The section and the plots, from what was saved."""
    saved = load(out, "compare.json")
    results = Results(saved)
    tables = [table(results, model, threads) for model in results.models() for threads in results.threads(model)]
    parts = [f"{described(saved)} Data: {saved['data']}. In brackets: how many times Reel's, the median of the ratios "
             "within a round."]
    for figure, name in (("train_ms", "training"), ("forward_ms", "prediction")):
        if bars(results, figure, os.path.join(folder(out), name + ".svg")):
            parts.append(f"![{FIGURES[figure]}, logarithmic](performance/{name}.svg)")
    replace_section(performance_page(out), "compare", "\n\n".join(parts + tables + [speedups(results)]))
    front_page = os.path.join(os.path.dirname(os.path.abspath(out)), "README.md")
    if os.path.exists(front_page):  # of the project, where `out` is its docs
        replace_section(front_page, "compare", f"{table(results, 'simple_rnn', 2)}\n\n{described(saved)}")


# --- plots ---

def plotting():
    """Matplotlib, set up so that the same figures make the same file."""
    import matplotlib
    matplotlib.use("svg")
    import matplotlib.pyplot as plt
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "reel", "font.size": 9, "axes.spines.top": False,
                         "axes.spines.right": False})
    return plt


def save_plot(figure, path):
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None, "Creator": None})


def bars(results, figure, path):
    """A panel a model: what each program takes, logarithmic, with the most threads. False without figures."""
    panels = []
    for model in results.models():
        threads = results.threads(model)[-1]
        rows = [(results.title(model, threads, program), results.median(model, threads, program, figure),
                 results.ratio(model, threads, program, figure)) for program in results.programs(model, threads)]
        rows = [row for row in rows if row[1] is not None]
        if rows:
            panels.append((headline(model, threads), rows))
    if not panels:
        return False
    plt = plotting()
    heights = [len(rows) for _, rows in panels]
    whole, axes = plt.subplots(len(panels), 1, figsize=(8, 0.24 * sum(heights) + 0.6 * len(panels)), squeeze=False,
                               gridspec_kw={"height_ratios": heights}, layout="constrained")
    for axis, (title, rows) in zip(axes[:, 0], panels):
        names, values, ratios = zip(*rows)
        axis.barh(names, values, color=["#c2410c" if name == "Reel" else "#94a3b8" for name in names])
        axis.invert_yaxis()
        axis.set_title(title, fontsize=9, loc="left")
        axis.spines["bottom"].set_visible(False)
        for i, (name, value, ratio) in enumerate(rows):
            times = "" if name == "Reel" or ratio is None else f"  {digits(ratio)}×"
            axis.text(value, i, f" {time_text(value)}{times}", va="center")
        axis.set_xscale("log")
        axis.set_xlim(min(values) / 2, max(values) * (max(values) / min(values)) ** 0.4)
        axis.minorticks_off()
        axis.set_xticks([])
    save_plot(whole, path)
    plt.close(whole)
    return True
