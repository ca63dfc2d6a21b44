// All optimizers that there are by name.
#pragma once

#include "reel/models/optimizers/adafactor.h"      // IWYU pragma: export
#include "reel/models/optimizers/adagrad.h"        // IWYU pragma: export
#include "reel/models/optimizers/adam.h"           // IWYU pragma: export
#include "reel/models/optimizers/lion.h"           // IWYU pragma: export
#include "reel/models/optimizers/muon.h"           // IWYU pragma: export
#include "reel/models/optimizers/optimizer.h"      // IWYU pragma: export
#include "reel/models/optimizers/rmsprop.h"        // IWYU pragma: export
#include "reel/models/optimizers/schedule_free.h"  // IWYU pragma: export
#include "reel/models/optimizers/sgd.h"            // IWYU pragma: export
