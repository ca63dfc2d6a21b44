// Runs reel-golden, and what came of it.
#pragma once

#include <fmt/format.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <initializer_list>
#include <string>

namespace reel::testing {

/// Exit codes of reel-golden, 0 if every case passed.
inline constexpr int kFailed = 1, kMisused = 2, kCannotRun = 3;

struct Outcome {
  int exit_code;
  std::string output;

  std::string last_line() const {
    const size_t end = output.find_last_not_of('\n');
    const size_t begin = output.find_last_of('\n', end);
    return output.substr(begin + 1, end - begin);
  }
  /// Whether a line has this verdict and case, whatever follows.
  bool says(const std::string& verdict, const std::string& name) const {
    return output.find(fmt::format("{:<11} {}  ", verdict, name)) != output.npos;
  }
};

inline Outcome run_golden(const std::string& arguments) {
  const std::string command = fmt::format("'{}/reel-golden' {} 2>&1", REEL_BINARY_DIR, arguments);
  std::FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  Outcome out;
  char buffer[4096];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.output.append(buffer, n);
  out.exit_code = WEXITSTATUS(::pclose(pipe));
  INFO(out.output);
  return out;
}

/// Checks that all of these cases have this verdict.
inline void check_all(const Outcome& outcome, const std::string& verdict, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    INFO(name);
    CHECK(outcome.says(verdict, name));
  }
}

/// The number in front of `word` in a line of totals.
inline int number_before(const std::string& totals, const std::string& word) {
  const size_t end = totals.find(" " + word);
  REQUIRE(end != totals.npos);
  const size_t comma = totals.rfind(' ', end - 1);
  return std::stoi(totals.substr(comma == totals.npos ? 0 : comma + 1, end));
}

}  // namespace reel::testing
