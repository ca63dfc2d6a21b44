"""Reel beside its peers, in turn and on the same batches; how Reel scales; its kernels. tools/bench/run starts it.

Results are written into the sections of performance.md that are named compare, scaling and kernels, and into the
folder performance/ beside it: every figure as JSON or CSV, and the plots.
"""

import argparse
import json
import os
import subprocess
import sys

import kernels
import kinds
import programs
import report
import scaling

ROOT = os.path.dirname(os.path.dirname(programs.HERE))


def say(text):
    print(text, file=sys.stderr, flush=True)


def fail(text):
    say(f"tools/bench/run: {text}")
    sys.exit(2)


class Parser(argparse.ArgumentParser):
    """Its errors are one line."""

    def error(self, message):
        fail(message)


def choice(known, kind):
    """A type for argparse: names of a dictionary or tuple, separated by commas."""
    def parse(text):
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f'there is no {kind} "{name}"; there are {", ".join(known)}')
        return names
    return parse


def thread_counts(text):
    """A type for argparse: numbers of threads, no more than there are processors."""
    most = len(os.sched_getaffinity(0))
    counts = [int(count) for count in text.split(",") if count.isdecimal()]
    if len(counts) != len(text.split(",")) or not all(1 <= count <= most for count in counts):
        raise argparse.ArgumentTypeError(f"expected numbers of threads from 1 to {most}, separated by commas")
    return sorted(set(counts))


def positive(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError("expected a number from 1 on")
    return int(text)


def arguments():
    most = len(os.sched_getaffinity(0))
    parser = Parser(prog="tools/bench/run", description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", help="imdb.npz or its folder; without it $REEL_DATA and Keras's cache are "
                        "searched, and where there are no reviews, synthetic ones stand in")
    parser.add_argument("--sweep", action="store_true",
                        help="how Reel scales with steps, units and rows, instead of peers")
    parser.add_argument("--kernels", action="store_true", help="Reel's kernels beside oneDNN's, instead of peers")
    parser.add_argument("--kinds", nargs="?", const=list(kinds.MODELS), type=choice(kinds.MODELS, "kind"), metavar="K,...",
                        help="a training step of models of many kinds beside Keras and PyTorch, instead of peers: "
                        "of " + ", ".join(kinds.MODELS))
    parser.add_argument("--all", action="store_true", help="peers, sweep and kernels, one after the other")
    parser.add_argument("--render", action="store_true", help="measure nothing: tables and plots from what was saved")
    parser.add_argument("--rounds", type=positive, help="how often the programs take turns (3)")
    parser.add_argument("--threads", type=thread_counts, default=sorted({1, most}), metavar="N,...",
                        help=f"numbers of threads (1,{most})")
    parser.add_argument("--models", type=choice(programs.MODELS, "model"), default=list(programs.MODELS),
                        metavar="M,...", help=", ".join(programs.MODELS))
    parser.add_argument("--peers", type=choice(programs.PROGRAMS, "peer"), default=list(programs.PROGRAMS),
                        metavar="P,...", help=", ".join(programs.PROGRAMS))
    parser.add_argument("--quick", action="store_true", help="one short round, to see that all of it works")
    parser.add_argument("--timeout", type=positive, default=900, metavar="S", help="seconds for one program (900)")
    parser.add_argument("--out", metavar="FOLDER", help="where performance.md is (docs; with --quick bench-quick in "
                        "the build folder, so that hasty figures replace none)")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.out = options.out or (os.path.join(options.build, "bench-quick") if options.quick
                                  else os.path.join(ROOT, "docs"))
    return options


def find_imdb(given):
    """Path of imdb.npz, or None."""
    if given:
        path = os.path.join(given, "imdb.npz") if os.path.isdir(given) else given
        if not os.path.isfile(path):
            fail(f"{given}: there is no imdb.npz")
        return path
    keras = os.environ.get("KERAS_HOME", os.path.expanduser("~/.keras"))
    folders = [os.environ.get("REEL_DATA"), os.path.join(keras, "datasets"), os.path.expanduser("~/.cache/reel")]
    paths = (os.path.join(folder, "imdb.npz") for folder in folders if folder)
    return next((path for path in paths if os.path.isfile(path)), None)


def write_batches(folder, imdb):
    """In a process of its own, since NumPy in this one would count towards the memory of those it starts."""
    command = [sys.executable, os.path.join(programs.HERE, "peers", "batches.py"), folder, *([imdb] if imdb else [])]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        fail(f"the batches could not be made: {programs.last_line(done.stderr)}")


def rounds_of(setting, options, broken, keep):
    """Runs every program once a round, one after the other, so that what else the machine does falls on all."""
    results = []
    jobs = [(model, threads, programs.PROGRAMS[name]) for model in options.models for threads in options.threads
            for name in options.peers if model in programs.PROGRAMS[name].models]
    for round_number in range(1, options.rounds + 1):
        for i, (model, threads, program) in enumerate(jobs, 1):
            figures, seconds = {"failed": broken.get(program.name)}, 0.0
            if program.name not in broken:
                figures, seconds = programs.run(program.command(setting, model, threads), threads, setting.timeout)
                figures.pop("data", None)  # which names a folder of the machine
            results.append({"round": round_number, "model": model, "threads": threads, "program": program.name,
                            "figures": figures})
            outcome = (f"failed: {figures['failed']}" if "failed" in figures else
                       report.amount("train_ms" if "train_ms" in figures else "forward_ms", figures))
            say(f"round {round_number}/{options.rounds}, {i}/{len(jobs)}: {model}, {threads} thread"
                f"{'' if threads == 1 else 's'}, {program.name}: {outcome} ({seconds:.0f} s)")
        keep(results)
    return results


def compare(options):
    imdb = find_imdb(options.data)
    setting = programs.Setting(options.build, os.path.join(options.build, "bench-data"),
                               0.0 if options.quick else 1.0, options.timeout)
    broken = {}
    for name in options.peers:
        why = programs.install(programs.PROGRAMS[name].packages, say)
        if why:
            broken[name] = why
            say(f"{name}: {why}")
    write_batches(setting.data, imdb)
    source = "the first 1,280 reviews of IMDB" if imdb else "SYNTHETIC reviews, since imdb.npz was not found"
    say(f"Data: {source}")

    def keep(results):
        report.save(options.out, "compare.json", {"machine": options.machine, "data": source, "quick": options.quick,
                                                  "rounds": options.rounds, "results": results})
    rounds_of(setting, options, broken, keep)


def main():
    options = arguments()
    parts = [name for name, chosen in (("scaling", options.sweep), ("kernels", options.kernels),
                                    ("kinds", options.kinds)) if chosen]
    parts = ["compare", "scaling", "kernels", "kinds"] if options.all else parts or ["compare"]
    why = programs.install(("numpy", "matplotlib"), say)
    if why:
        fail(why)
    options.machine = report.machine()
    if options.machine["load"] > 0.5 and not options.render:
        say(f"This machine is busy (load {options.machine['load']}): figures will be too high, and ratios unsteady.")
    report.prepare(options.out, os.path.join(ROOT, "docs", "performance.md"))
    measure = {"compare": compare, "scaling": lambda o: scaling.measure(o, say),
               "kernels": lambda o: kernels.measure(o, say), "kinds": lambda o: kinds.measure(o, say)}
    render = {"compare": report.render, "scaling": scaling.render, "kernels": kernels.render, "kinds": kinds.render}
    for part in parts:
        if not options.render:
            measure[part](options)
        try:
            render[part](options.out)
        except FileNotFoundError as error:
            fail(f"nothing was saved: {error.filename}")
        except (KeyError, json.JSONDecodeError) as error:
            fail(f"what was saved of {part} cannot be read: {error}")
    say(f"written: {os.path.join(options.out, 'performance.md')}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        fail("interrupted; what had been measured in full rounds is saved, and --render shows it")
    except OSError as error:
        fail(str(error))
