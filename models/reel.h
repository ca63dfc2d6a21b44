// All that a user of Reel includes: #include <reel/reel.h>
#pragma once

#include "reel/autodiff/tape.h"                 // IWYU pragma: export
#include "reel/graph/error.h"                   // IWYU pragma: export
#include "reel/graph/run/threads.h"             // IWYU pragma: export
#include "reel/graph/trace.h"                   // IWYU pragma: export
#include "reel/models/data/imdb.h"              // IWYU pragma: export
#include "reel/models/data/sequences.h"         // IWYU pragma: export
#include "reel/models/formats/trace_file.h"     // IWYU pragma: export
#include "reel/models/layers/core.h"            // IWYU pragma: export
#include "reel/models/layers/dropout.h"         // IWYU pragma: export
#include "reel/models/layers/gru.h"             // IWYU pragma: export
#include "reel/models/layers/input.h"           // IWYU pragma: export
#include "reel/models/layers/lstm.h"            // IWYU pragma: export
#include "reel/models/layers/masking.h"         // IWYU pragma: export
#include "reel/models/layers/merging.h"         // IWYU pragma: export
#include "reel/models/layers/normalization.h"   // IWYU pragma: export
#include "reel/models/layers/operation.h"       // IWYU pragma: export
#include "reel/models/layers/regularization.h"  // IWYU pragma: export
#include "reel/models/layers/reshaping.h"       // IWYU pragma: export
#include "reel/models/layers/simple_rnn.h"      // IWYU pragma: export
#include "reel/models/layers/wrappers.h"        // IWYU pragma: export
#include "reel/models/model/sequential.h"       // IWYU pragma: export
#include "reel/ops/ops.h"                       // IWYU pragma: export
#include "reel/version.h"                       // IWYU pragma: export
