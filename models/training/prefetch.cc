#include "reel/models/training/prefetch.h"

#include <utility>

namespace reel {
namespace {

thread_local Prefetch* reader = nullptr;  // whose thread this is

}  // namespace

void*& Prefetch::call_in_progress() {
  thread_local void* call = nullptr;
  return call;
}

Prefetch::~Prefetch() {
  if (!thread_.joinable()) return;
  drop();
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool Prefetch::start(Random* random) {
  drop();
  return source_.start(random);
}

const Batch* Prefetch::next() {
  bool has_batch = false;
  if (wait_until_done()) {
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    has_batch = has_batch_;
    current_ = 1 - current_;
  } else {
    has_batch = source_.read(batches_[current_]);
  }
  return has_batch ? &batches_[current_] : nullptr;
}

void Prefetch::read_ahead() {
  if (!reads_ahead_) return;
  {
    const std::lock_guard lock(mutex_);
    state_ = State::asked;
    call_in_progress_ = call_in_progress();
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  changed_.notify_all();
}

void Prefetch::pause() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return state_ != State::asked && state_ != State::reading; });
}

bool Prefetch::wait_until_done() {
  if (!thread_.joinable()) return false;
  std::unique_lock lock(mutex_);
  is_wanted_ = true;
  changed_.notify_all();
  changed_.wait(lock, [&] { return state_ == State::done || state_ == State::idle; });
  is_wanted_ = false;
  return std::exchange(state_, State::idle) == State::done;
}

void Prefetch::drop() {
  if (wait_until_done() && has_batch_) source_.take_back(batches_[1 - current_]);
  thrown_ = nullptr;
}

void Prefetch::work() {
  reader = this;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return state_ == State::asked || ends_; });
    if (ends_) return;
    state_ = State::reading;
    call_in_progress() = call_in_progress_;
    lock.unlock();
    read_next();
    lock.lock();
    state_ = State::done;
    changed_.notify_all();
  }
}

void Prefetch::read_next() {
  has_batch_ = false;
  try {
    has_batch_ = source_.read(batches_[1 - current_]);
  } catch (...) {
    thrown_ = std::current_exception();
  }
}

void Prefetch::wait_for_step() {
  Prefetch* const self = reader;
  if (self == nullptr) return;
  std::unique_lock lock(self->mutex_);
  self->reads_ahead_ = false;
  self->state_ = State::waiting;
  self->changed_.notify_all();
  self->changed_.wait(lock, [&] { return self->is_wanted_; });
  self->state_ = State::reading;
}

}  // namespace reel
