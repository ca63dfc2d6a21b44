// Models of the zoo that train in a moment, each on some of its own data.
#pragma once

#include "reel/models/zoo/zoo.h"

namespace reel::testing {

struct SmallZoo {
  Model model;
  ZooConfig config;
  ZooData data;
  int64_t epochs;  ///< in which it learns, by batches of 16
};

/// Throws DataError where the data are nowhere, as Fashion-MNIST may be.
SmallZoo small_zoo(const ZooModel& zoo, uint64_t seed = 0);

bool needs_pictures(const ZooModel& zoo);

}  // namespace reel::testing
