"""Runs reel-kinds beside Keras and PyTorch, and makes a table of a training step of models of many kinds."""

import os
import statistics
import sys

import programs
import report

MODELS = {"bidirectional_lstm": "bidirectional LSTM, 64 x 100 x 32 to 64 units",
          "lstm_autoencoder": "LSTM autoencoder, 64 x 28 x 28, 64 units",
          "transformer": "transformer block, 32 x 128 x 64, 4 heads",
          "convolutional_autoencoder": "convolutional autoencoder, 64 x 28 x 28, 32 filters",
          "convnet": "small convnet, 64 x 28 x 28, 32 and 64 filters",
          "mlp": "MLP, 128 x 784-128-128-10",
          "wide_32": "wide Dense, 32 x 2000-2000-2000-10",
          "wide_128": "wide Dense, 128 x 2000-2000-2000-10"}
PACKAGES = ("keras", "tensorflow-cpu", "jax", "torch")


def commands(options, model, threads):
    peers = os.path.join(programs.HERE, "peers")
    seconds = "0.2" if options.quick else "2"
    arguments = [model, str(threads), seconds]
    return {"reel": [os.path.join(options.build, "reel-kinds"), *arguments],
            "keras-tf": [sys.executable, os.path.join(peers, "kinds_keras.py"), *arguments, "tensorflow"],
            "keras-jax": [sys.executable, os.path.join(peers, "kinds_keras.py"), *arguments, "jax"],
            "torch": [sys.executable, os.path.join(peers, "kinds_torch.py"), *arguments]}


def measure(options, say):
    """The programs take turns, so that what else the machine does falls on all."""
    why = programs.install(PACKAGES, say)
    if why:
        say(why)
    threads = max(options.threads)
    # What is not measured anew stays as it was.
    models = options.kinds or list(MODELS)
    results = {} if len(models) == len(MODELS) else report.load(options.out, "kinds.json")["steps"]
    for model in models:
        results[model] = {}
    for round_number in range(1, options.rounds + 1):
        for model in models:
            for name, command in commands(options, model, threads).items():
                figures, _ = programs.run(command, threads, options.timeout)
                if "failed" in figures:
                    say(f"{model}, {name}: failed: {figures['failed']}")
                    continue
                results.setdefault(model, {}).setdefault(name, []).append(figures["train_ms"])
                say(f"round {round_number}/{options.rounds}: {model}, {name}: {figures['train_ms']:.2f} ms")
    report.save(options.out, "kinds.json", {"machine": options.machine, "rounds": options.rounds,
                                            "quick": options.quick, "threads": threads, "steps": results})


def render(out):
    saved = report.load(out, "kinds.json")
    names = {"reel": "Reel", "keras-tf": "Keras, TensorFlow", "keras-jax": "Keras, JAX", "torch": "PyTorch"}
    lines = ["| a training step, ms | " + " | ".join(names.values()) + " | best peer / Reel |",
             "| --- |" + " ---: |" * (len(names) + 1)]
    for model, text in MODELS.items():
        medians = {name: statistics.median(times) for name, times in saved["steps"].get(model, {}).items()}
        peers = [value for name, value in medians.items() if name != "reel"]
        ratio = f"{min(peers) / medians['reel']:.2f}" if peers and "reel" in medians else "–"
        cells = [f"{medians[name]:.1f}" if name in medians else "–" for name in names]
        lines.append(f"| {text} | " + " | ".join(cells) + f" | {ratio} |")
    report.replace_section(report.performance_page(out), "kinds", "\n\n".join(
        [f"{report.described(saved)} {saved['threads']} threads, Adam, random batches.", "\n".join(lines)]))
