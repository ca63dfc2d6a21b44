#include "reel/graph/run/threads.h"

#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "reel/graph/error.h"
#include "reel/graph/run/handover.h"

namespace reel {
namespace {

/// The arena is made at first use; the control lets it be larger than the machine, which tests use.
struct Pool {
  explicit Pool(int count)
      : size(count),
        control(tbb::global_control::max_allowed_parallelism, static_cast<size_t>(std::max(count, 2))),
        arena(count) {}
  int size;
  tbb::global_control control;
  tbb::task_arena arena;
};

std::mutex mutex;

std::shared_ptr<Pool>& pool() {
  static std::shared_ptr<Pool> instance = std::make_shared<Pool>(tbb::info::default_concurrency());
  return instance;
}

std::shared_ptr<Pool> current() {
  const std::lock_guard lock(mutex);
  return pool();
}

}  // namespace

int threads() { return current()->size; }

void set_threads(int count) {
  if (count > kMostThreads)
    throw ValueError(fmt::format("set_threads: expected up to {}, got {}", kMostThreads, count));
  const std::lock_guard lock(mutex);
  if (pool()->size != std::max(count, 1)) pool() = std::make_shared<Pool>(std::max(count, 1));
}

void for_each_worker(int workers, const std::function<void(int)>& work) {
  if (workers <= 1) return work(0);
  const std::shared_ptr<Pool> held = current();
  Handover handover;
  handover.give();
  const auto ordered = [&](int worker) {
    handover.take();
    work(worker);
    handover.give();
  };
  held->arena.execute([&] { tbb::parallel_for(0, workers, ordered, tbb::simple_partitioner()); });
  handover.take();
}

}  // namespace reel
