// reel-lasting: a training that is meant to be killed, for tools/faults/run.
//
//   reel-lasting list
//     Names of trainings.
//   reel-lasting FAMILY FOLDER EVERY [THREADS [TARGET]]
//     Trains with checkpoints in FOLDER/backup after each EVERY steps, goes on from what is there, and writes what it
//     came to to FOLDER/outcome. Each step made adds a byte to FOLDER/steps.
//
// EVERY 0: without checkpoints. TARGET: an instruction set of Highway's, "AVX2".
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <string>
#include <vector>

#include "lasting/families.h"
#include "ops/simd_targets.h"
#include "reel/graph/run/threads.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/bytes.h"
#include "reel/models/formats/descriptor.h"

namespace reel::testing {
namespace {

void choose_target(const std::string& name) {
  for (const int64_t target : runnable_targets()) {
    if (name == hwy::TargetName(target)) return hwy::SetSupportedTargetsForTest(target);
  }
  throw ValueError("this machine has no target " + name);
}

/// Makes steps as long as those of larger models, so that they go on while checkpoints are written.
constexpr useconds_t kPause = 2000;

/// Tells of each step at once, however the process ends.
class CountsSteps final : public Callback {
 public:
  explicit CountsSteps(const std::string& path) : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666)) {}
  bool watches_batches() const override { return false; }
  bool keeps_state() const override { return true; }
  void on_train_point(const TrainingPoint& point) override {
    if (point.place().batch == 0) return;
    [[maybe_unused]] const ssize_t ignored = ::write(file_.get(), ".", 1);
    ::usleep(kPause);
  }

 private:
  Descriptor file_;
};

void train(const std::string& family, const std::string& folder, int64_t every) {
  Lasting training = lasting_family(family).make(folder);
  training.options.callbacks.push_back(std::make_shared<CountsSteps>(folder + "/steps"));
  if (every > 0) {
    training.options.callbacks.push_back(BackupAndRestore{
        .backup_dir = folder + "/backup", .save_freq = every, .double_checkpoint = true, .delete_checkpoint = false});
  }
  const History history = training.model.fit(training.x, training.y, training.options);
  write_file_atomically(folder + "/outcome", bytes_of(outcome(training, history, folder)));
}

int64_t number_of(const std::string& word) {
  int64_t number = -1;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 1 && words[0] == "list") {
    for (const Family& family : lasting_families()) fmt::print("{}\n", family.name);
    return 0;
  }
  if (words.size() < 3 || words.size() > 5 || number_of(words[2]) < 0) {
    fmt::print(stderr, "usage: reel-lasting list | reel-lasting FAMILY FOLDER EVERY [THREADS [TARGET]]\n");
    return 2;
  }
  if (words.size() > 3) set_threads(static_cast<int>(number_of(words[3])));
  if (words.size() > 4) choose_target(words[4]);
  train(words[0], words[1], number_of(words[2]));
  return 0;
}

}  // namespace
}  // namespace reel::testing

int main(int argc, char** argv) {
  try {
    return reel::testing::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "reel-lasting: {}\n", error.what());
    return 2;
  }
}
