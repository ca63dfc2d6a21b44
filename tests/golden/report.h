// What a replayed case found, and the lines and counts that reel-golden prints.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "reel/graph/tensor.h"

namespace reel::golden {

/// Thrown where a case asks for what the library does not have; says what that is.
class Unsupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How far our numbers a may be from Keras's b: max|a - b| <= relative * max|b| + absolute.
struct Tolerance {
  double relative = 0, absolute = 0;
};

inline constexpr Tolerance kExact{};

/// The comparisons of one case.
class Case {
 public:
  /// Compares all elements; shapes must be equal, but a scalar may also be stored as [1].
  void compare(const std::string& what, const Tensor& ours, const Tensor& keras, Tolerance allowed);
  void compare(const std::string& what, double ours, double keras, Tolerance allowed);
  /// Records a comparison that is not one of floats.
  void check(const std::string& what, bool equal, const std::string& otherwise);
  /// Says in the case's line that a stored result was left out, since the library has no counterpart.
  void leave_out(const std::string& what) { left_out_.push_back(what); }

 private:
  friend class Report;
  struct Result {
    std::string what;
    double error = 0, allowed = 0;
    std::string failure;  // empty: passed
    double severity() const;
  };
  void add(const std::string& what, double error, double allowed, const std::string& where);

  std::vector<Result> results_;
  std::vector<std::string> left_out_;
};

class Report {
 public:
  /// `verbose`: also a line for every comparison.
  explicit Report(bool verbose) : verbose_(verbose) {}

  /// From now on cases of other names fail.
  void expect(std::set<std::string> names) { expected_ = std::move(names); }
  /// Fails the expected cases that have not been met.
  void fail_missing();

  /// Runs a case and prints its line. It passes when it made a comparison and all agree, is unsupported when it throws
  /// Unsupported, and fails otherwise, also by any other exception, and where it is not expected or was met before.
  void run(const std::string& name, const std::function<void(Case&)>& body);
  /// Replays a file of cases or a folder of them; where that throws, what it could not read is one failure.
  void run_part(const std::string& name, const std::function<void()>& replay);
  void unsupported(const std::string& name, const std::string& why);
  void failed(const std::string& name, const std::string& why);

  /// "12 passed, 0 failed, 3 unsupported"
  std::string totals() const;
  bool has_failures() const { return failed_ > 0; }
  bool has_unsupported() const { return unsupported_ > 0; }
  bool is_empty() const { return passed_ + failed_ + unsupported_ == 0; }

 private:
  /// Whether the case may be counted; otherwise fails it.
  bool meet(const std::string& name);
  void print(const std::string& name, const Case& finished);
  void print_unsupported(const std::string& name, const std::string& why);
  void print_failure(const std::string& name, const std::string& why);

  bool verbose_;
  std::optional<std::set<std::string>> expected_;
  std::set<std::string> met_;
  int passed_ = 0, failed_ = 0, unsupported_ = 0;
};

}  // namespace reel::golden
