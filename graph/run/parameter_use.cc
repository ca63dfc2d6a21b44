#include "reel/graph/run/parameter_use.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "reel/graph/error.h"

namespace reel {
namespace {

/// Of all counts in all buffers: they are held for as long as it takes to count.
std::mutex mutex;
std::condition_variable changed;
thread_local const ParameterUse* innermost = nullptr;

bool overlap(std::span<BufferUse* const> a, std::span<BufferUse* const> b) {
  return std::any_of(a.begin(), a.end(),
                     [&](const BufferUse* use) { return std::find(b.begin(), b.end(), use) != b.end(); });
}

template <class F>
bool all(std::span<BufferUse* const> uses, F&& holds) {
  return std::all_of(uses.begin(), uses.end(), [&](const BufferUse* use) { return holds(*use); });
}

}  // namespace

ParameterUse::ParameterUse(std::span<BufferUse* const> read, std::span<BufferUse* const> assigned)
    : read_(read), assigned_(assigned), outer_(innermost) {
  std::unique_lock lock(mutex);
  for (const ParameterUse* use = outer_; use != nullptr; use = use->outer_) {
    if (!excludes(*use)) continue;
    throw Error("run: a program was run inside of another, of which one assigns to parameters that the other reads");
  }
  changed.wait(lock, [this] { return may_begin(); });
  for (BufferUse* use : read_) {
    ++use->readers;
    if (!assigned_.empty()) ++use->assigning_readers;
  }
  for (BufferUse* use : assigned_) use->has_assigner = true;
  innermost = this;
}

ParameterUse::~ParameterUse() {
  {
    const std::lock_guard lock(mutex);
    for (BufferUse* use : read_) {
      --use->readers;
      if (!assigned_.empty()) --use->assigning_readers;
    }
    for (BufferUse* use : assigned_) use->has_assigner = use->is_closed = false;
  }
  changed.notify_all();
  innermost = outer_;
}

void ParameterUse::start_assigning() {
  std::unique_lock lock(mutex);
  for (BufferUse* use : assigned_) use->is_closed = true;
  changed.wait(lock, [this] { return is_alone(); });
}

bool ParameterUse::excludes(const ParameterUse& other) const {
  return overlap(assigned_, other.assigned_) || overlap(assigned_, other.read_) || overlap(read_, other.assigned_);
}

/// A thread that reads already goes on to read, for whoever waits to assign waits for it.
bool ParameterUse::may_begin() const {
  const bool goes_on = outer_ != nullptr;
  const auto is_open = [&](const BufferUse& use) { return !use.is_closed || (goes_on && use.readers > 0); };
  if (!all(read_, is_open)) return false;
  if (assigned_.empty()) return true;
  return all(read_, [](const BufferUse& use) { return !use.has_assigner; }) &&
         all(assigned_, [](const BufferUse& use) { return !use.has_assigner && use.assigning_readers == 0; });
}

bool ParameterUse::is_alone() const {
  return all(assigned_, [](const BufferUse& use) { return use.readers == 0; });
}

}  // namespace reel
