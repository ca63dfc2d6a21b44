// What the examples have in common: their arguments, the number that they end with, and data that several of them read.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include "reel/models/data/corpus.h"
#include "reel/models/data/datasets.h"
#include "reel/models/data/idx.h"
#include "reel/models/data/text.h"
#include "reel/models/formats/npz.h"
#include "reel/reel.h"

namespace reel::examples {

/// What an example was told: nothing, or `--small`, or `--save FILE`, or `--data PATH` where it says so.
struct Example {
  bool is_small = false;  ///< little data and few epochs, so that it takes seconds: what the tests run
  std::string save_path;  ///< where to write the data as its twin in keras/ reads them, instead of training
  std::string data_path;  ///< of data to take instead of those that it finds or makes

  /// How much of something there is.
  int64_t pick(int64_t whole, int64_t small) const { return is_small ? small : whole; }

  /// Writes the arrays, an .npz, if that is what was asked for; then there is nothing else to do.
  bool saves(const NamedTensors& arrays) const {
    if (!save_path.empty()) save_npz(save_path, arrays);
    return !save_path.empty();
  }
};

/// The number that an example is about, in its last line: "val_accuracy 0.9912".
inline void result(const std::string& metric, double value) { fmt::print("{} {:.6g}\n", metric, value); }

/// The whole of an example's main: reads its arguments, seeds weights, shuffling and dropout, and tells errors.
inline int run(int argc, char** argv, void (*body)(const Example&)) {
  Example example;
  for (int i = 1; i < argc; ++i) {
    const bool has_value = i + 1 < argc;
    if (std::strcmp(argv[i], "--small") == 0) {
      example.is_small = true;
    } else if (std::strcmp(argv[i], "--save") == 0 && has_value) {
      example.save_path = argv[++i];
    } else if (std::strcmp(argv[i], "--data") == 0 && has_value) {
      example.data_path = argv[++i];
    } else {
      fmt::print(stderr, "usage: {} [--small] [--save FILE] [--data PATH], got {}\n", argv[0], argv[i]);
      return 2;
    }
  }
  try {
    set_random_seed(1);
    body(example);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}

/// Pictures [n, 28, 28, 1] from 0 to 1, and what is on them, i32 [n].
struct Pictures {
  Tensor x_train, y_train, x_test, y_test;
};

/// The first pictures of Fashion-MNIST, Debian's package dataset-fashion-mnist, which has the form of MNIST, the data
/// of Keras's examples, and is harder. Throws DataError where it is not on this machine.
inline Pictures fashion_mnist(int64_t train, int64_t test) {
  const auto folder = find_fashion_mnist();
  if (!folder) throw DataError("Fashion-MNIST is not on this machine: install dataset-fashion-mnist");
  const auto read = [&](const char* name, int64_t count) {
    return load_idx(*folder + "/" + name + ".gz").slice_rows(0, count);
  };
  const auto pictures = [&](const char* name, int64_t count) {
    return read(name, count).cast(DType::f32).reshape({-1, 28, 28, 1}) / 255.0;
  };
  return {pictures("train-images-idx3-ubyte", train), read("train-labels-idx1-ubyte", train),
          pictures("t10k-images-idx3-ubyte", test), read("t10k-labels-idx1-ubyte", test)};
}

/// The last `maxlen` words of film reviews, i32 [n, maxlen], and whether their writers like the film, i32 [n].
struct Reviews {
  Tensor x_train, y_train, x_val, y_val;
};

/// The first reviews of IMDB, found or downloaded as imdb::load_data does; for a small run those that a grammar writes.
inline Reviews imdb_reviews(const Example& example, int32_t num_words, int64_t maxlen, int64_t train, int64_t val) {
  imdb::Data data;
  if (example.is_small) {
    const Corpus corpus = generate_reviews(train + val, 0);
    const WordIndex index = build_word_index(corpus.texts);
    for (size_t i = 0; i < corpus.texts.size(); ++i) {
      imdb::Split& to = i < static_cast<size_t>(train) ? data.train : data.test;
      to.x.push_back(encode_text(corpus.texts[i], index, num_words));
      to.y.push_back(corpus.labels[i]);
    }
  } else {
    data = imdb::load_data({.num_words = num_words});
  }
  const auto padded = [&](const imdb::Split& of, int64_t n) {
    return pad_sequences(of.x, {.maxlen = maxlen}).slice_rows(0, n);
  };
  return {padded(data.train, train), Tensor::of(data.train.y).slice_rows(0, train), padded(data.test, val),
          Tensor::of(data.test.y).slice_rows(0, val)};
}

}  // namespace reel::examples
