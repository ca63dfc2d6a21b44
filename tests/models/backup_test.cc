// Trainings that are ended between two steps, and go on in another object as a program that was started again would.
#include "reel/models/callbacks/backup_and_restore.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "lasting/families.h"
#include "models/callback_run.h"
#include "models/temporary_folder.h"
#include "reel/graph/run/with_threads.h"
#include "reel/graph/warning.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/read_file.h"
#include "reel/models/training/checkpoint_file.h"

namespace reel {
namespace {

using Catch::Matchers::Contains;
using testing::Family;
using testing::Lasting;
using testing::TemporaryFolder;

struct Ended {};

/// Ends a training, as a signal would, once it has been told of so many points. What is behind it in the list has not.
struct EndsAt : Callback {
  int64_t left;
  explicit EndsAt(int64_t points) : left(points) {}
  bool watches_batches() const override { return false; }
  bool keeps_state() const override { return true; }
  void on_train_point(const TrainingPoint&) override {
    if (--left == 0) throw Ended();
  }
};

/// Has each checkpoint written before the next step.
struct Waits : Callback {
  BackupAndRestore backup;
  explicit Waits(BackupAndRestore of) : backup(std::move(of)) {}
  bool watches_batches() const override { return false; }
  bool keeps_state() const override { return true; }
  void on_train_point(const TrainingPoint&) override { backup.progress->backup->finish(); }
};

/// What the family comes to. With a folder, it goes on from there; `most_points`: it is ended after so many, again and
/// again, until it is done.
std::string trained(const Family& family, const TemporaryFolder& files, const std::string& backup = {},
                    SaveFrequency frequency = 1, int64_t most_points = 0) {
  while (true) {
    Lasting training = family.make(files.path());
    if (!backup.empty()) {
      training.options.callbacks.push_back(
          BackupAndRestore{.backup_dir = backup, .save_freq = frequency, .delete_checkpoint = false});
    }
    if (most_points > 0) training.options.callbacks.push_back(std::make_shared<EndsAt>(most_points));
    try {
      const History history = training.model.fit(training.x, training.y, training.options);
      return testing::outcome(training, history, files.path());
    } catch (const Ended&) {
    }
  }
}

TEST_CASE("backup: whatever training is ended goes on to the same bits", "[backup]") {
  for (const Family& family : testing::lasting_families()) {
    INFO(family.name);
    const TemporaryFolder files, others;
    const std::string whole = trained(family, files);
    CHECK(trained(family, others, others / "every", 1, 9) == whole);
  }
}

TEST_CASE("backup: from every step and between all epochs", "[backup]") {
  for (const char* name : {"averaged_weights", "early_stopping", "streams", "rate_by_epoch"}) {
    const Family family = testing::lasting_family(name);
    const TemporaryFolder files;
    const std::string whole = trained(family, files);
    for (int64_t points = 1; points < 20; points += 1) {
      INFO(name << ", ended after " << points);
      const TemporaryFolder others;
      Lasting first = family.make(others.path());
      first.options.callbacks.push_back(BackupAndRestore{.backup_dir = others / "b", .save_freq = points % 2 + 1});
      first.options.callbacks.push_back(std::make_shared<EndsAt>(points));
      CHECK_THROWS_AS(first.model.fit(first.x, first.y, first.options), Ended);
      first = {Sequential(), {}, {}, {}};  // nothing of it is left but its files
      CHECK(trained(family, others, others / "b") == whole);
    }
  }
}

/// Rows [3] and their sums, which begin again where they end.
class Numbered final : public RowStream {
 public:
  Numbered(int64_t end, bool seeks) : end_(end), seeks_(seeks) {}
  DataTypes types() const override { return {{{DType::f32, {rows, 3}}}, {{DType::f32, {rows, 1}}}}; }
  bool can_seek() const override { return seeks_; }

 private:
  int64_t read_rows(int64_t count, std::span<Tensor> to) override {
    const int64_t there = std::min(count, end_ - at_);
    for (int64_t row = 0; row < there; ++row, ++at_) {
      float* x = to[0].data<float>().data() + row * 3;
      for (int64_t i = 0; i < 3; ++i) x[i] = static_cast<float>((at_ * 7 + i * 5) % 11) / 11;
      to[1].data<float>()[static_cast<size_t>(row)] = x[0] + x[1] - x[2];
    }
    return there;
  }
  bool go_to(int64_t row) override {
    if (row == 0 || seeks_) at_ = row;
    return row == at_;
  }

  int64_t end_, at_ = 0;
  bool seeks_;
};

TEST_CASE("backup: a stream that is begun again goes on where training was", "[backup][streams]") {
  for (const auto& [end, seeks] : {std::pair(1000, false), {1000, true}, {50, false}, {50, true}}) {
    const auto fit = [&, end = end, seeks = seeks](Callbacks callbacks) {
      Sequential model({Input({3}), Dense(4, {.activation = tanh}), Dense(1)}, {.seed = 5});
      model.compile(Adam(0.01), "mse");
      Numbered stream(end, seeks);
      const History history = model.fit(stream, {.batch_size = 8,
                                                 .epochs = 6,
                                                 .verbose = 0,
                                                 .callbacks = std::move(callbacks),
                                                 .shuffle = false,
                                                 .steps_per_epoch = 4});
      return model.weights_sha256() + fmt::format(" {}", history["loss"].back());
    };
    const auto before = set_warning_handler([](std::string_view) {});  // of rows that end within an epoch
    const std::string whole = fit({});
    for (int64_t points = 1; points < 24; ++points) {
      INFO("rows " << end << ", ended after " << points);
      const TemporaryFolder folder;
      const BackupAndRestore backup{.backup_dir = folder / "b", .save_freq = 1};
      CHECK_THROWS_AS(fit({backup, Waits(backup), std::make_shared<EndsAt>(points)}), Ended);
      CHECK(fit({backup}) == whole);
    }
    set_warning_handler(before);
  }
}

TEST_CASE("backup: the state is written while the next steps run, by other threads", "[backup][threads]") {
  const Family family = testing::lasting_family("dropout");
  const TemporaryFolder files, others;
  const std::string whole = trained(family, files);
  const WithThreads with(3);
  CHECK(trained(family, others, others / "b", 1, 20) == whole);
}

/// As Ended, but with checkpoints after each epoch.
TEST_CASE("backup: epochs that were done are not made again, as in Keras", "[backup]") {
  const TemporaryFolder folder;
  const testing::Line line(8);
  std::vector<int64_t> begun;
  const auto fit = [&](int64_t ends) {
    Sequential model = testing::line_model();
    return model.fit(line.x, line.y,
                     {.batch_size = 4,
                      .epochs = 4,
                      .verbose = 0,
                      .callbacks = {LambdaCallback{.on_epoch_begin = [&](int64_t epoch) { begun.push_back(epoch); }},
                                    BackupAndRestore{.backup_dir = folder / "b"}, std::make_shared<EndsAt>(ends)}});
  };
  CHECK_THROWS_AS(fit(8), Ended);  // 3 points an epoch: in the third
  const History history = fit(0);
  CHECK(begun == std::vector<int64_t>{0, 1, 2, 2, 3});
  CHECK(history.epochs.size() == 4);
  CHECK_FALSE(std::filesystem::exists(folder / "b"));  // delete_checkpoint
}

struct Warnings {
  std::vector<std::string> all;
  WarningHandler before = set_warning_handler([this](std::string_view text) { all.emplace_back(text); });
  ~Warnings() { set_warning_handler(before); }
};

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

/// A folder with the last two checkpoints of a training that was ended, and what it comes to in whole.
struct Kept {
  TemporaryFolder files, others;
  Family family = testing::lasting_family("schedules");
  std::string whole = trained(family, files), folder = others / "b";

  Kept() {
    Lasting first = family.make(others.path());
    const BackupAndRestore backup{.backup_dir = folder, .save_freq = 3, .double_checkpoint = true};
    first.options.callbacks = {backup, Waits(backup), std::make_shared<EndsAt>(11)};
    CHECK_THROWS_AS(first.model.fit(first.x, first.y, first.options), Ended);
  }
};

TEST_CASE("backup: a damaged checkpoint is told and skipped, and what was cut short is swept", "[backup]") {
  const Kept kept;
  REQUIRE(files_in(kept.folder) == std::vector<std::string>{"checkpoint-000000-000000006.safetensors",
                                                            "checkpoint-000000-000000009.safetensors"});
  const std::string newest = kept.folder + "/checkpoint-000000-000000009.safetensors";
  std::vector<std::byte> bytes = read_file(newest);
  SECTION("truncated") { bytes.resize(bytes.size() / 2); }
  SECTION("one bit of it") { bytes[bytes.size() - 3] ^= std::byte{4}; }
  SECTION("one bit of its header") { bytes[200] ^= std::byte{1}; }
  SECTION("empty") { bytes.clear(); }
  write_file_atomically(newest, bytes);
  testing::write_text(kept.folder + "/checkpoint-000000-000000012.safetensors.tmp-7-0", "half");
  const Warnings warnings;
  CHECK(trained(kept.family, kept.others, kept.folder, 4) == kept.whole);
  REQUIRE(warnings.all.size() == 1);
  CHECK_THAT(warnings.all[0], Contains("000009.safetensors: ") && Contains("the one before it is used"));
  CHECK(files_in(kept.folder).size() == 1);
}

TEST_CASE("backup: every byte of a checkpoint counts", "[backup]") {
  const Kept kept;
  const std::vector<std::byte> bytes = read_file(kept.folder + "/checkpoint-000000-000000009.safetensors");
  const TrainingState state = read_checkpoint(bytes, "c");
  CHECK(write_checkpoint(state) == bytes);
  for (size_t i = 0; i < bytes.size(); i += 1 + i / 64) {
    std::vector<std::byte> changed = bytes;
    changed[i] ^= std::byte{static_cast<unsigned char>(1 << i % 8)};
    INFO("byte " << i);
    CHECK_THROWS_AS(read_checkpoint(changed, "c"), DataError);
    changed = bytes;
    changed.resize(i);
    CHECK_THROWS_AS(read_checkpoint(changed, "c"), DataError);
  }
}

TEST_CASE("backup: another training is refused, with what differs", "[backup]") {
  const Kept kept;
  const auto message = [&](const std::function<void(Lasting&)>& change) {
    Lasting other = kept.family.make(kept.others.path());
    change(other);
    other.options.callbacks.push_back(BackupAndRestore{.backup_dir = kept.folder});
    try {
      other.model.fit(other.x, other.y, other.options);
    } catch (const ValueError& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  const std::string begin = "checkpoint-000000-000000009.safetensors: is of another training: ";
  CHECK_THAT(message([](Lasting& l) { l.options.batch_size = 11; }), Contains(begin + "batch_size 12, now 11"));
  CHECK_THAT(message([](Lasting& l) { l.options.shuffle = false; }), Contains("shuffle true, now false"));
  CHECK_THAT(message([](Lasting& l) { l.options.steps_per_epoch = 3; }), Contains("steps_per_epoch null, now 3"));
  CHECK_THAT(message([](Lasting& l) { l.options.validation_freq = 2; }), Contains("validation_freq \"1\", now \"2\""));
  CHECK_THAT(message([](Lasting& l) { l.options.validation_split = 0.5; }), Contains("validation_rows 40, now 100"));
  CHECK_THAT(message([](Lasting& l) { l.options.callbacks.push_back(EarlyStopping{}); }), Contains("callbacks"));
  CHECK_THAT(message([](Lasting& l) {
               Tensor y = l.y.read(0, 200).clone();
               y.data<float>()[7] = 3;
               l.y = y;
             }),
             Contains(begin + "data \"") && !Contains("validation"));
  CHECK_THAT(message([](Lasting& l) {
               l.model.compile({.loss = BinaryCrossentropy{}, .optimizer = Adam{.learning_rate = 0.5}});
             }),
             Contains("optimizer.config.learning_rate") && Contains("now 0.5"));
  CHECK_THAT(message([](Lasting& l) { l.model = testing::lasting_family("dropout").make("").model; }),
             Contains("layers"));
  // Nothing of that kept training from going on.
  CHECK(trained(kept.family, kept.others, kept.folder) == kept.whole);
}

TEST_CASE("backup: a training that is done comes to the same again", "[backup]") {
  for (const char* name : {"early_stopping", "averaged_weights"}) {  // which end early, and with other weights
    const Family family = testing::lasting_family(name);
    const TemporaryFolder folder;
    const std::string whole = trained(family, folder, folder / "b", "epoch");
    CHECK(trained(family, folder, folder / "b", "epoch") == whole);
  }
}

TEST_CASE("backup: training may go on for more epochs", "[backup]") {
  const auto fit = [](const TemporaryFolder& folder, int64_t epochs) {
    Lasting training = testing::lasting_family("dropout").make("");
    training.options.epochs = epochs;
    training.options.callbacks.push_back(BackupAndRestore{.backup_dir = folder / "b", .delete_checkpoint = false});
    const History history = training.model.fit(training.x, training.y, training.options);
    CHECK(history.epochs.size() == static_cast<size_t>(epochs));
    return training.model.weights_sha256();
  };
  const TemporaryFolder once, twice;
  const std::string whole = fit(once, 6);
  fit(twice, 3);
  CHECK(fit(twice, 6) == whole);
}

TEST_CASE("backup: a folder is one training's", "[backup]") {
  const TemporaryFolder folder;
  const Backup backup(folder / "a/b", 1);
  CHECK_THROWS_WITH(Backup(folder / "a/b", 1), Contains("another training keeps its checkpoints there"));
  testing::write_text(folder / "file", "");
  CHECK_THROWS_AS(Backup(folder / "file", 1), DataError);
  CHECK_THROWS_AS(Backup(folder / "file/b", 1), DataError);
  CHECK_THROWS_AS(Backup("", 1), ValueError);
  CHECK_THROWS_AS(Backup(folder / "c", 0), ValueError);
  CHECK_THROWS_WITH(CallbackPtr(BackupAndRestore{}), Contains("backup_dir"));
}

TEST_CASE("backup: what cannot be written costs no training", "[backup]") {
  const TemporaryFolder folder;
  Lasting training = testing::lasting_family("dropout").make("");
  const BackupAndRestore backup{.backup_dir = folder / "b", .save_freq = 1};
  const auto loses_folder = [&] {
    std::filesystem::remove_all(folder / "b");
    testing::write_text(folder / "b", "in the way");
  };
  training.options.callbacks = {LambdaCallback{.on_train_begin = loses_folder}, backup};
  const Warnings warnings;
  const History history = training.model.fit(training.x, training.y, training.options);
  CHECK(history.epochs.size() == 5);
  REQUIRE_FALSE(warnings.all.empty());
  CHECK_THAT(warnings.all[0], Contains("no checkpoint was written, training goes on without: ") &&
                                  Contains(".safetensors: ") && Contains("Not a directory"));
}

TEST_CASE("backup: so many newest checkpoints stay", "[backup]") {
  const TemporaryFolder folder;
  Backup backup(folder / "b", 3);
  for (const TrainingPlace place : {TrainingPlace{0, 5}, {1, 0}, {1, 5}, {2, 0}, {1'000'000, 3}}) {
    TrainingState state;
    state.place = place;
    state.made_with = Config::parse("{}");
    backup.write(state);
    backup.finish();
  }
  CHECK(files_in(folder / "b") == std::vector<std::string>{"checkpoint-000001-000000005.safetensors",
                                                           "checkpoint-000002-000000000.safetensors",
                                                           "checkpoint-1000000-000000003.safetensors"});
  CHECK(backup.newest()->place == TrainingPlace{1'000'000, 3});
  testing::write_text(folder / "b/checkpoint-1-2.safetensors", "mine");  // no name that a backup gives
  backup.remove();
  CHECK(files_in(folder / "b") == std::vector<std::string>{"checkpoint-1-2.safetensors"});
}

TEST_CASE("backup: numbers that are not finite are kept, too", "[backup]") {
  const EarlyStopping stopping;
  stopping.progress->best = std::numeric_limits<double>::infinity();
  TrainingState state;
  state.made_with = Config::parse("{}");
  state.callbacks = {state_of(stopping)};
  state.history.epochs = {{.logs = {}, .seconds = 1, .epoch = 2}};
  state.history.epochs[0].logs.set("loss", std::nan(""));
  const TrainingState read = read_checkpoint(write_checkpoint(state), "c");
  const EarlyStopping other;
  set_state(other, read.callbacks.at(0));
  CHECK(other.progress->best == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(read.history.epochs.at(0).logs["loss"]));
  CHECK(read.history.epochs[0].epoch == 2);
}

}  // namespace
}  // namespace reel
