#include "reel/models/training/prefetch.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <set>

#include "reel/graph/error.h"
#include "reel/graph/run/with_threads.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using Catch::Contains;

/// What is seen of reading, on whatever thread.
struct Seen {
  std::atomic<int> reading = 0, most_at_once = 0, reads = 0;
  std::mutex mutex;
  std::set<std::thread::id> threads = {};
};

/// Rows of a tensor, read ahead or not, with something to do before.
class Rows final : public SampleSource {
 public:
  Rows(Tensor tensor, bool ahead, Seen& seen, std::function<void(int)> before = {})
      : tensor_(std::move(tensor)), ahead_(ahead), seen_(&seen), before_(std::move(before)) {}
  Type type() const override { return tensor_.type(); }
  bool reads_ahead() const override { return ahead_; }
  void read(std::span<const int64_t> numbers, Tensor& to) const override {
    seen_->most_at_once = std::max<int>(seen_->most_at_once, ++seen_->reading);
    {
      const std::lock_guard lock(seen_->mutex);
      seen_->threads.insert(std::this_thread::get_id());
    }
    try {
      if (before_) before_(seen_->reads);
    } catch (...) {
      --seen_->reading;
      throw;
    }
    ++seen_->reads;
    Samples(tensor_).read(numbers, to);
    --seen_->reading;
  }

 private:
  Tensor tensor_;
  bool ahead_;
  Seen* seen_;
  std::function<void(int)> before_;
};

Tensor ids(int64_t count) {
  Random random(3);
  Tensor x(DType::i32, {count, 12});
  for (int32_t& id : x.data<int32_t>()) id = static_cast<int32_t>(random.below(3) * random.below(10));
  return x;
}

Tensor targets(int64_t count) {
  Tensor y(DType::f32, {count});
  for (int64_t i = 0; i < count; ++i) y.data<float>()[i] = static_cast<float>(i % 3 == 0);
  return y;
}

Sequential small_model() {
  Sequential model({Embedding(30, 4, {.input_length = 12}), SimpleRNN(5), Dense(1, {.activation = sigmoid})},
                   {.seed = 3});
  model.compile({.loss = "binary_crossentropy", .optimizer = "adam", .metrics = {"accuracy"}});
  return model;
}

constexpr int64_t kCount = 150;
FitOptions silent(Callbacks callbacks = {}) {
  return {.batch_size = 16, .epochs = 2, .verbose = Verbose::silent, .callbacks = std::move(callbacks)};
}

TEST_CASE("prefetch: batches that are read ahead give the same bits, for any number of threads",
          "[prefetch][threads]") {
  const Tensor x = ids(kCount), y = targets(kCount);
  Sequential expected = small_model();
  const History history = expected.fit(x, y, silent());
  const double loss = expected.evaluate(x, y)["loss"];
  const Tensor predicted = expected.predict(x);
  for (const int count : {1, 2, 5}) {
    const WithThreads with(count);
    for (const bool ahead : {false, true}) {
      Seen seen;
      const Samples rows_of = Rows(x, ahead, seen);
      Sequential model = small_model();
      const History got = model.fit(rows_of, y, silent());
      CAPTURE(count, ahead);
      CHECK(model.weights_sha256() == expected.weights_sha256());
      CHECK(got["loss"] == history["loss"]);
      CHECK(got["accuracy"] == history["accuracy"]);
      CHECK(seen.reads == 20);
      CHECK(seen.threads.contains(std::this_thread::get_id()));
      CHECK((seen.threads.size() > 1) == ahead);
      CHECK(seen.most_at_once == 1);
      CHECK(model.evaluate(rows_of, y, {.batch_size = 32})["loss"] == loss);
      CHECK(std::ranges::equal(model.predict(rows_of).data<float>(), predicted.data<float>()));
    }
  }
}

/// A step in which the rows behind it are waited for.
TEST_CASE("prefetch: the next batch is read while the one before is in use", "[prefetch][threads]") {
  Seen seen;
  BatchReader reader({Rows(ids(40), true, seen)}, 10);
  Prefetch batches(reader);
  REQUIRE(batches.start(nullptr));
  const Batch* first = batches.next();
  const std::vector<int32_t> before = first->data[0].to_vector<int32_t>();
  batches.read_ahead();
  while (seen.reads < 2) std::this_thread::yield();  // forever, if no one reads
  CHECK(first->data[0].to_vector<int32_t>() == before);
  CHECK(first->first_row == 0);
  const Batch* second = batches.next();
  CHECK(second->first_row == 10);
  CHECK(second->data[0].to_vector<int32_t>() == ids(40).slice_rows(10, 20).to_vector<int32_t>());
  CHECK(seen.reads == 2);
}

/// Notes whether rows are read while it is told of something.
struct Listening : Callback {
  explicit Listening(const Seen& of, std::vector<int64_t>& ended) : seen(&of), ends(&ended) {}
  void on_train_batch_begin(int64_t) override { CHECK(seen->reading == 0); }
  void on_train_batch_end(int64_t batch, const Logs&) override {
    CHECK(seen->reading == 0);
    ends->push_back(batch);
  }
  void on_epoch_end(int64_t, Logs&) override { CHECK(seen->reading == 0); }
  const Seen* seen;
  std::vector<int64_t>* ends;
};

TEST_CASE("prefetch: an error of a source comes when its batch is asked for", "[prefetch][threads]") {
  const Tensor x = ids(kCount), y = targets(kCount);
  std::string weights[2];
  std::vector<int64_t> ends[2];
  for (const bool ahead : {false, true}) {
    Seen seen;
    const auto fail = [](int reads) {
      if (reads == 13) throw DataError("rows: the disk is gone");
    };
    Sequential model = small_model();
    CHECK_THROWS_WITH(model.fit(Rows(x, ahead, seen, fail), y, silent({Listening(seen, ends[ahead])})),
                      "rows: the disk is gone");
    weights[ahead] = model.weights_sha256();
    CHECK_NOTHROW(model.fit(x, y, silent()));
  }
  CHECK(weights[0] == weights[1]);
  CHECK(ends[0] == ends[1]);
  CHECK(ends[0].size() == 13);
}

TEST_CASE("prefetch: a mistake in a row is told by the row's number in the data", "[prefetch][threads]") {
  Tensor y = Tensor::zeros({kCount}, DType::i32);
  y.data<int32_t>()[77] = 10;
  for (const bool shuffled : {false, true}) {
    Seen seen;
    Sequential model({Embedding(30, 4), SimpleRNN(5), Dense(10, {.activation = softmax})}, {.seed = 3});
    model.compile({.loss = "sparse_categorical_crossentropy"});
    FitOptions options = silent();
    options.shuffle = shuffled;
    CHECK_THROWS_WITH(model.fit(Rows(ids(kCount), true, seen), y, options), Contains("row 77 of the data"));
    CHECK(seen.threads.size() == 2);
  }
}

TEST_CASE("prefetch: a source that asks the model sees the weights of the step before", "[prefetch][threads]") {
  const Tensor x = ids(kCount), y = targets(kCount);
  std::vector<std::string> seen_weights[2];
  for (const bool ahead : {false, true}) {
    Seen seen;
    Sequential model = small_model();
    model.predict(x);
    const auto ask = [&](int) {
      model.predict(x);
      seen_weights[ahead].push_back(model.weights_sha256());
    };
    model.fit(Rows(x, ahead, seen, ask), y, silent());
    CHECK(seen.most_at_once == 1);
  }
  CHECK(seen_weights[0].size() == 20);
  CHECK(seen_weights[0] == seen_weights[1]);
  CHECK(std::set(seen_weights[1].begin(), seen_weights[1].end()).size() == 20);
}

TEST_CASE("prefetch: what may not be called inside of fit may not be by a source that is read ahead",
          "[prefetch][threads]") {
  Seen seen;
  const Tensor x = ids(kCount), y = targets(kCount);
  Sequential model = small_model();
  const auto compile = [&](int reads) {
    if (reads == 3) model.compile({.loss = "mse"});
  };
  CHECK_THROWS_WITH(model.fit(Rows(x, true, seen, compile), y, silent()),
                    "sequential: compile() was called inside of fit(), where it cannot be");
}

}  // namespace
}  // namespace reel
