// Cores that are kept busy while another is measured: where all work, each is slower than one that works alone.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace reel::cli {

class BusyCores {
 public:
  /// A thread for each of `works`, which it will do again and again. They must not throw.
  explicit BusyCores(std::vector<std::function<void()>> works);
  ~BusyCores();
  BusyCores(const BusyCores&) = delete;
  BusyCores& operator=(const BusyCores&) = delete;

  void start();
  /// Returns once all threads are idle.
  void stop();

 private:
  void repeat(const std::function<void()>& work);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_on_ = false, ends_ = false;
  size_t working_ = 0;
  std::vector<std::function<void()>> works_;
  std::vector<std::thread> threads_;
};

}  // namespace reel::cli
