#include "reel/models/training/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <utility>

#include "reel/graph/error.h"
#include "reel/graph/printable.h"
#include "reel/graph/warning.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/read_file.h"
#include "reel/models/training/checkpoint_file.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBegin = "checkpoint-", kEnd = ".safetensors", kTemporary = ".safetensors.tmp-";

std::string file_name(const TrainingPlace& place) {
  return fmt::format("{}{:06}-{:09}{}", kBegin, place.epoch, place.batch, kEnd);
}

/// The place that a file is named after.
std::optional<TrainingPlace> place_of(const std::string& name) {
  if (!name.starts_with(kBegin) || !name.ends_with(kEnd)) return {};
  TrainingPlace place;
  const char *begin = name.data() + kBegin.size(), *end = name.data() + name.size() - kEnd.size();
  const auto epoch = std::from_chars(begin, end, place.epoch);
  if (epoch.ec != std::errc() || epoch.ptr == end || *epoch.ptr != '-') return {};
  const auto batch = std::from_chars(epoch.ptr + 1, end, place.batch);
  if (batch.ec != std::errc() || batch.ptr != end || file_name(place) != name) return {};
  return place;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    names.push_back(at->path().filename().string());
  if (error && error != std::errc::no_such_file_or_directory)
    throw DataError(fmt::format("{}: cannot be read: {}", printable(folder), error.message()));
  return names;
}

/// From the newest to the oldest.
std::vector<TrainingPlace> places_in(const std::string& folder) {
  std::vector<TrainingPlace> places;
  for (const std::string& name : names_in(folder)) {
    if (const auto place = place_of(name)) places.push_back(*place);
  }
  std::ranges::sort(places, std::greater<>());
  return places;
}

std::string path_of(const std::string& folder, const TrainingPlace& place) {
  return (fs::path(folder) / file_name(place)).string();
}

/// What cannot be removed stays, and does no harm.
void remove_file(const std::string& path) {
  std::error_code ignored;
  fs::remove(path, ignored);
}

/// A descriptor of the folder, locked. Some file systems have no locks.
int locked(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw_file_error(printable(folder), "open", errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return fd;
  ::close(fd);
  throw DataError(fmt::format("{}: another training keeps its checkpoints there", printable(folder)));
}

std::string made(const std::string& folder) {
  if (folder.empty()) throw ValueError("checkpoints: expected the name of a folder, got \"\"");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw DataError(fmt::format("{}: cannot make the folder: {}", printable(folder), error.message()));
  return folder;
}

}  // namespace

bool has_checkpoints(const std::string& folder) { return !places_in(folder).empty(); }

Backup::Backup(std::string folder, int64_t keep)
    : folder_(made(folder)), keep_(keep), lock_(locked(folder_)), writer_() {
  if (keep < 1) throw ValueError(fmt::format("checkpoints: expected 1 or more to keep, got {}", keep));
  for (const std::string& name : names_in(folder_)) {
    if (name.starts_with(kBegin) && name.find(kTemporary) != name.npos)
      remove_file((fs::path(folder_) / name).string());
  }
  check_writable(path_of(folder_, {}));
  writer_ = std::thread([this] { work(); });
}

Backup::~Backup() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  if (writer_.joinable()) writer_.join();
}

std::shared_ptr<const TrainingState> Backup::newest() const {
  for (const TrainingPlace& place : places_in(folder_)) {
    const std::string path = path_of(folder_, place);
    try {
      return std::make_shared<const TrainingState>(read_checkpoint(read_file(path), printable(path)));
    } catch (const DataError& error) {
      warn(fmt::format("{}; the one before it is used", error.what()));
    }
  }
  return nullptr;
}

void Backup::write(TrainingState state) {
  warn_of_failure();
  {
    const std::lock_guard lock(mutex_);
    waiting_ = std::move(state);
  }
  changed_.notify_all();
}

void Backup::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !waiting_ && !is_writing_; });
}

void Backup::finish() {
  wait();
  const std::lock_guard lock(mutex_);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Backup::settle() {
  wait();
  warn_of_failure();
}

void Backup::remove() {
  {
    std::unique_lock lock(mutex_);
    waiting_.reset();
    changed_.wait(lock, [&] { return !is_writing_; });
    failure_ = nullptr;
  }
  try {
    for (const TrainingPlace& place : places_in(folder_)) remove_file(path_of(folder_, place));
  } catch (const DataError& error) {
    return warn(error.what());
  }
  remove_file(folder_);  // a folder that is not empty stays
}

void Backup::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return waiting_ || is_over_; });
    if (!waiting_) return;
    const TrainingState state = std::move(*waiting_);
    waiting_.reset();
    is_writing_ = true;
    lock.unlock();
    std::exception_ptr failure;
    try {
      write_now(state);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    failure_ = failure;
    is_writing_ = false;
    changed_.notify_all();
  }
}

/// What was there before goes only once what replaces it is there.
void Backup::write_now(const TrainingState& state) {
  write_file_atomically(path_of(folder_, state.place), write_checkpoint(state));
  int64_t kept = 0;
  for (const TrainingPlace& place : places_in(folder_)) {
    if (place > state.place || ++kept > keep_) remove_file(path_of(folder_, place));
  }
}

void Backup::warn_of_failure() {
  std::exception_ptr failure;
  {
    const std::lock_guard lock(mutex_);
    failure = std::exchange(failure_, nullptr);
  }
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    warn(fmt::format("no checkpoint was written, training goes on without: {}", error.what()));
  }
}

}  // namespace reel
