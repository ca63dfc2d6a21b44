// What a call comes to on a thread of its own, while the test's thread is inside of another.
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "reel/models/training/samples.h"

namespace reel::testing {

/// The message of the exception that ends `call`, or "".
inline std::string message_of(const std::function<void()>& call) {
  try {
    call();
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// The same of a call on another thread; returns when that has ended.
inline std::string message_elsewhere(const std::function<void()>& call) {
  std::string message;
  std::thread([&] { message = message_of(call); }).join();
  return message;
}

/// The rows of a tensor, which calls `on_read` before it gives some.
class Watched : public SampleSource {
 public:
  Watched(Tensor all, std::function<void()> on_read) : all_(std::move(all)), on_read_(std::move(on_read)) {}
  Type type() const override { return all_.type(); }
  void read(std::span<const int64_t> rows, Tensor& to) const override {
    on_read_();
    Samples(all_).read(rows, to);
  }

 private:
  Tensor all_;
  std::function<void()> on_read_;
};

}  // namespace reel::testing
