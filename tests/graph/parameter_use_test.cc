// Who reads and who assigns to a parameter at one time. What a thread may not do yet is waited for a while: a mistake
// may go unnoticed on a machine that is slow, and nothing else is ever told as one.
#include "reel/graph/run/parameter_use.h"

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <thread>

namespace reel {
namespace {

constexpr std::array<BufferUse*, 0> kNone{};

void wait_a_while() { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }

struct Buffer {
  BufferUse use;
  std::array<BufferUse*, 1> all{&use};
};

TEST_CASE("parameters: who assigns waits until those have read who began before", "[program][threads]") {
  Buffer buffer;
  auto reading = std::make_unique<ParameterUse>(buffer.all, kNone);
  std::atomic<bool> is_assigning = false, is_read = false;
  std::thread assigner([&] {
    ParameterUse use(kNone, buffer.all);
    use.start_assigning();
    is_assigning = true;
  });
  wait_a_while();
  CHECK_FALSE(is_assigning);
  // Whoever comes now comes after the assignment, or it would never be made.
  std::thread later([&] {
    const ParameterUse use(buffer.all, kNone);
    is_read = is_assigning.load();
  });
  wait_a_while();
  CHECK_FALSE(is_read);
  reading.reset();
  assigner.join();
  later.join();
  CHECK(is_assigning);
  CHECK(is_read);
}

TEST_CASE("parameters: who reads waits until what is assigned is there", "[program][threads]") {
  Buffer buffer;
  auto assigning = std::make_unique<ParameterUse>(kNone, buffer.all);
  std::atomic<int> reads = 0;
  std::thread before([&] {
    const ParameterUse use(buffer.all, kNone);
    ++reads;
  });
  before.join();  // nothing is assigned yet
  assigning->start_assigning();
  std::thread after([&] {
    const ParameterUse use(buffer.all, kNone);
    ++reads;
  });
  wait_a_while();
  CHECK(reads == 1);
  assigning.reset();
  after.join();
  CHECK(reads == 2);
}

TEST_CASE("parameters: two that assign come one after the other", "[program][threads]") {
  Buffer buffer;
  auto first = std::make_unique<ParameterUse>(kNone, buffer.all);
  std::atomic<bool> has_begun = false;
  std::thread second([&] {
    const ParameterUse use(kNone, buffer.all);
    has_begun = true;
  });
  wait_a_while();
  CHECK_FALSE(has_begun);
  first.reset();
  second.join();
  CHECK(has_begun);
}

}  // namespace
}  // namespace reel
