// Trainings of every kind that there is something to keep of, small enough to be killed many times.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "reel/reel.h"

namespace reel::testing {

/// A training, made anew by each call, as a program that was started again makes it.
struct Lasting {
  Model model;
  Samples x, y;
  FitOptions options;
};

struct Family {
  std::string name;
  /// `folder`: for files that callbacks write.
  std::function<Lasting(const std::string& folder)> make;
};

/// Every model of the zoo that is trained on ids or on rows, and what dropout, batch normalization, accumulated
/// gradients, averaged weights, metrics, callbacks, schedules, streams and states of recurrences keep.
std::vector<Family> lasting_families();
/// Throws ValueError for a name that is not there.
Family lasting_family(const std::string& name);

/// Everything that a training came to, each number by its bits: weights, what the optimizer keeps, history, an
/// evaluation, and lines that callbacks wrote.
std::string outcome(Lasting& trained, const History& history, const std::string& folder);

}  // namespace reel::testing
