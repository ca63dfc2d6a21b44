#include "golden/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace reel::golden {
namespace {

bool is_scalar(const Shape& shape) { return shape.rank() == 0 || shape == Shape{1}; }

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

void print_line(std::string_view verdict, const std::string& name, const std::string& rest) {
  fmt::print("{:<11} {}  {}\n", verdict, name, rest);
  std::fflush(stdout);
}

}  // namespace

double Case::Result::severity() const {
  if (!failure.empty()) return std::numeric_limits<double>::infinity();
  return allowed > 0 ? error / allowed : 0;
}

void Case::add(const std::string& what, double error, double allowed, const std::string& where) {
  Result result{what, error, allowed, ""};
  // A NaN is no agreement, so the test is not `error > allowed`.
  if (!(error <= allowed))
    result.failure = fmt::format("{}: off by {:.2g}, allowed {:.2g}{}", what, error, allowed, where);
  results_.push_back(std::move(result));
}

void Case::compare(const std::string& what, const Tensor& ours, const Tensor& keras, Tolerance allowed) {
  const bool same_shape = ours.shape() == keras.shape() || (is_scalar(ours.shape()) && is_scalar(keras.shape()));
  if (!same_shape) {
    check(what, false, fmt::format("has shape {}, expected {}", ours.shape().str(), keras.shape().str()));
    return;
  }
  double largest = 0, worst = 0;
  int64_t at = 0;
  for (int64_t i = 0; i < keras.size(); ++i) {
    largest = std::max(largest, std::abs(keras.at(i)));
    const double error = std::abs(ours.at(i) - keras.at(i));
    if (!(error <= worst)) {
      worst = error;
      at = i;
      if (std::isnan(error)) break;
    }
  }
  std::string where;
  if (keras.size() > 0) where = fmt::format(" (element {}: {:.9g} against {:.9g})", at, ours.at(at), keras.at(at));
  add(what, worst, allowed.relative * largest + allowed.absolute, where);
}

void Case::compare(const std::string& what, double ours, double keras, Tolerance allowed) {
  add(what, std::abs(ours - keras), allowed.relative * std::abs(keras) + allowed.absolute,
      fmt::format(" ({:.9g} against {:.9g})", ours, keras));
}

void Case::check(const std::string& what, bool equal, const std::string& otherwise) {
  results_.push_back({what, 0, 0, equal ? "" : fmt::format("{}: {}", what, otherwise)});
}

void Report::fail_missing() {
  if (!expected_) return;
  for (const std::string& name : *expected_) {
    if (!met_.contains(name)) print_failure(name, "is listed, but there is no such case");
  }
}

bool Report::meet(const std::string& name) {
  const bool is_new = met_.insert(name).second, is_listed = !expected_ || expected_->contains(name);
  if (!is_new)
    print_failure(name, "there are two cases of this name");
  else if (!is_listed)
    print_failure(name, "is not listed");
  return is_new && is_listed;
}

void Report::run(const std::string& name, const std::function<void(Case&)>& body) {
  if (!meet(name)) return;
  Case running;
  try {
    body(running);
    print(name, running);
  } catch (const Unsupported& missing) {
    print_unsupported(name, missing.what());
  } catch (const std::exception& error) {
    print_failure(name, error.what());
  }
}

void Report::run_part(const std::string& name, const std::function<void()>& replay) {
  try {
    replay();
  } catch (const std::exception& error) {
    print_failure(name, error.what());
  }
}

void Report::print(const std::string& name, const Case& finished) {
  if (finished.results_.empty()) {
    print_failure(name, "nothing to compare");
    return;
  }
  const auto less_severe = [](const Case::Result& a, const Case::Result& b) { return a.severity() < b.severity(); };
  const Case::Result& worst = *std::max_element(finished.results_.begin(), finished.results_.end(), less_severe);
  if (!worst.failure.empty()) {
    print_failure(name, worst.failure);
  } else {
    ++passed_;
    const std::string left_out =
        finished.left_out_.empty() ? "" : fmt::format("; not compared: {}", joined(finished.left_out_));
    print_line("ok", name, fmt::format("worst {:.1e} ({}){}", worst.error, worst.what, left_out));
  }
  if (!verbose_) return;
  for (const Case::Result& result : finished.results_) {
    fmt::print("    {:<24} {:.2e} of {:.2e}{}{}\n", result.what, result.error, result.allowed,
               result.failure.empty() ? "" : "  ", result.failure);
  }
}

void Report::unsupported(const std::string& name, const std::string& why) {
  if (meet(name)) print_unsupported(name, why);
}

void Report::failed(const std::string& name, const std::string& why) {
  if (meet(name)) print_failure(name, why);
}

void Report::print_unsupported(const std::string& name, const std::string& why) {
  ++unsupported_;
  print_line("unsupported", name, fmt::format("({})", why));
}

void Report::print_failure(const std::string& name, const std::string& why) {
  ++failed_;
  print_line("FAIL", name, why);
}

std::string Report::totals() const {
  return fmt::format("{} passed, {} failed, {} unsupported", passed_, failed_, unsupported_);
}

}  // namespace reel::golden
