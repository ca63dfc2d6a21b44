// Sequential: what code of users may do with the model that has called it, and what becomes of the call.
#include <catch2/catch.hpp>
#include <memory>
#include <stdexcept>

#include "models/elsewhere.h"
#include "models/temporary_folder.h"
#include "reel/graph/error.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

using testing::message_of;
using testing::Watched;

const Tensor kX = Tensor::uniform({12, 2}, -1, 1, 5), kY = Tensor::uniform({12, 1}, -1, 1, 6);

FitOptions silent(std::function<void()> at_end_of_epoch = {}) {
  FitOptions options{.batch_size = 4, .epochs = 3, .verbose = Verbose::silent};
  if (at_end_of_epoch) options.on_epoch_end = [=](int64_t, const Logs&) { return at_end_of_epoch(), true; };
  return options;
}

std::unique_ptr<Sequential> new_model() {
  auto model = std::make_unique<Sequential>(std::vector<LayerPtr>{Input({2}), Dense(3, {.activation = tanh}), Dense(1)},
                                            SequentialOptions{.seed = 3});
  model->compile({.loss = MeanSquaredError{}, .optimizer = Adam{}});
  return model;
}

TEST_CASE("at the end of an epoch the model can be asked everything", "[sequential][reentry]") {
  const testing::TemporaryFolder folder;
  const auto model = new_model(), alone = new_model();
  const FitOptions validated = [&] {
    FitOptions options = silent([&] {
      const std::string before = model->weights_sha256();
      CHECK(model->evaluate(kX.slice_rows(0, 5), kY.slice_rows(0, 5), {.batch_size = 2})["loss"] > 0);
      CHECK(model->evaluate(kX, kY, {.sample_weight = Tensor::full({12}, 1)})["loss"] > 0);
      CHECK(model->predict(kX.slice_rows(0, 1)).size() == 1);
      CHECK(model->predict(Tensor::zeros({2, 2}, DType::i32)).size() == 2);
      CHECK(model->gradients(kX, kY).size() == 4);
      CHECK(model->training_stats().nodes > 0);
      model->save_weights(folder / "w.npz");
      model->load_weights(folder / "w.npz");
      model->build({DType::f32, {rows, 2}});
      CHECK(model->weights_sha256() == before);
    });
    options.validation_data = {kX, kY};
    return options;
  }();
  model->fit(kX, kY, validated);
  alone->fit(kX, kY, silent());
  CHECK(model->weights_sha256() == alone->weights_sha256());
}

TEST_CASE("at the end of an epoch the model can be changed in what the next step reads", "[sequential][reentry]") {
  const auto model = new_model();
  std::vector<Tensor> first;
  for (const auto& [name, value] : model->weights()) first.push_back(value.clone());
  model->fit(kX, kY, silent([&] {
               model->set_learning_rate(0);
               model->set_weights(first);
             }));
  CHECK(model->learning_rate() == 0);
  for (size_t i = 0; i < first.size(); ++i) CHECK(model->weights()[i].second.at(0) == first[i].at(0));
  // Steps of batches of other types in between make the program anew, and this one then again.
  const auto stepping = new_model(), weighing = new_model();
  stepping->fit(kX, kY, silent([&] { stepping->train_on_batch(kX, kY); }));
  weighing->fit(kX, kY, silent([&] { weighing->train_on_batch(kX, kY, Tensor::full({12}, 1)); }));
  CHECK(stepping->weights()[0].second.at(0) == Approx(weighing->weights()[0].second.at(0)));
}

TEST_CASE("fit and compile cannot be called inside of a call, which goes on", "[sequential][reentry]") {
  const auto model = new_model(), alone = new_model();
  int epochs = 0;
  model->fit(kX, kY, silent([&] {
               ++epochs;
               CHECK_THROWS_WITH(model->compile({.loss = "mae"}),
                                 "sequential: compile() was called inside of fit(), where it cannot be");
               CHECK_THROWS_WITH(model->fit(kX, kY),
                                 "sequential: fit() was called inside of fit(), where it cannot be");
             }));
  CHECK(epochs == 3);
  alone->fit(kX, kY, silent());
  CHECK(model->weights_sha256() == alone->weights_sha256());
  const Samples x = Watched(kX, [&] {
    CHECK_THROWS_WITH(model->compile({.loss = "mae"}),
                      "sequential: compile() was called inside of predict(), where it cannot be");
  });
  CHECK_NOTHROW(model->predict(x));
  CHECK_NOTHROW(model->compile({.loss = "mae"}));
}

TEST_CASE("a source of rows may ask the model that reads it", "[sequential][reentry]") {
  const auto model = new_model();
  const Tensor expected = model->predict(kX);
  // The inner call is for other types, so that it puts another program in the place of the one in progress.
  const Tensor ids = Tensor::zeros({12, 2}, DType::i32);
  const Samples x = Watched(kX, [&] { model->predict(ids), model->evaluate(ids, kY); });
  const Tensor predicted = model->predict(x, {.batch_size = 5});
  for (int64_t i = 0; i < expected.size(); ++i) CHECK(predicted.at(i) == expected.at(i));
  CHECK(model->evaluate(x, kY, {.batch_size = 5})["loss"] == Approx(model->evaluate(kX, kY)["loss"]));
  CHECK_NOTHROW(model->fit(x, kY, silent()));
}

TEST_CASE("a call keeps the model that is destroyed or replaced while it is in progress", "[sequential][reentry]") {
  auto model = new_model();
  const auto alone = new_model();
  alone->fit(kX, kY, silent());
  History history = model->fit(kX, kY, silent([&] { model.reset(); }));
  CHECK(history.epochs.size() == 3);
  model = new_model();
  const Sequential kept = *model;
  model->fit(kX, kY, silent([&] { *model = Sequential({Dense(1)}, {.name = "new"}); }));
  CHECK(model->name() == "new");
  CHECK(kept.weights_sha256() == alone->weights_sha256());
  // Also where what it was trained on goes with it.
  struct Owner {
    std::unique_ptr<Sequential> model = new_model();
    Tensor x = kX.clone(), y = kY.clone();
  };
  auto owner = std::make_unique<Owner>();
  const Sequential trained = *owner->model;
  owner->model->fit(owner->x, owner->y, silent([&] { owner.reset(); }));
  CHECK(trained.weights_sha256() == alone->weights_sha256());
}

TEST_CASE("a call keeps the model that is destroyed when its rows are read", "[sequential][reentry]") {
  std::unique_ptr<Sequential> model = new_model();
  const Tensor expected = model->predict(kX);
  const Samples x = Watched(kX, [&] { model.reset(); });
  CHECK(model->predict(x).at(0) == expected.at(0));
  model = new_model();
  CHECK(model->evaluate(x, kY)["loss"] == Approx(new_model()->evaluate(kX, kY)["loss"]));
  model = new_model();
  CHECK(model->fit(x, kY, silent()).epochs.size() == 3);
}

/// Calls a function when it is recorded.
class Calling : public Layer {
 public:
  explicit Calling(std::function<void()> on_call) : on_call_(std::move(on_call)) {}
  std::string class_name() const override { return "Calling"; }
  Flow call_masked(Call&, Flow input) const override { return on_call_(), input; }

 private:
  std::function<void()> on_call_;
};

TEST_CASE("what makes a program may look at the model and not use it", "[sequential][reentry]") {
  std::function<void(Sequential&)> on_call;
  std::unique_ptr<Sequential> model;
  const LayerPtr calling = Calling([&] {
    if (on_call) on_call(*model);
  });
  const auto make = [&] {
    on_call = nullptr;
    model = std::make_unique<Sequential>(std::vector<LayerPtr>{Input({2}), Dense(1), calling});
    model->compile({.loss = "mse"});
  };
  make();
  on_call = [](Sequential& it) { CHECK(it.weights().size() == 2); };
  model->predict(kX);
  on_call = [](Sequential& it) { it.evaluate(kX, kY); };
  const std::string why = ", where it cannot be, by what makes its weights or its program";
  make();
  on_call = [](Sequential& it) { it.predict(kX); };
  CHECK_THROWS_WITH(model->predict(kX), Catch::Contains("sequential: predict() was called inside of predict()" + why));
  on_call = [](Sequential& it) { it.compile({.loss = "mae"}); };
  CHECK_THROWS_WITH(model->evaluate(kX, kY), Catch::Contains("compile() was called inside of evaluate()" + why));
}

TEST_CASE("an exception out of code of users leaves the model free", "[sequential][reentry]") {
  const auto model = new_model();
  const auto fail = [] { throw std::logic_error("mine"); };
  CHECK_THROWS_WITH(model->fit(kX, kY, silent(fail)), "mine");
  CHECK(testing::message_elsewhere([&] { model->predict(kX); }).empty());
  CHECK_THROWS_WITH(model->predict(Watched(kX, fail)), "mine");
  CHECK_THROWS_WITH(model->evaluate(Watched(kX, fail), kY), "mine");
  CHECK(testing::message_elsewhere([&] { model->fit(kX, kY, silent()); }).empty());
  CHECK_NOTHROW(model->compile({.loss = "mae"}));
}

}  // namespace
}  // namespace reel
