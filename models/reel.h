// All that a user of Reel includes: #include <reel/reel.h>
#pragma once

#if __cplusplus < 202002L
#error "Reel needs C++20: compile with -std=c++20"
#else

#include "reel/autodiff/tape.h"                         // IWYU pragma: export
#include "reel/graph/error.h"                           // IWYU pragma: export
#include "reel/graph/format.h"                          // IWYU pragma: export
#include "reel/graph/run/threads.h"                     // IWYU pragma: export
#include "reel/graph/trace.h"                           // IWYU pragma: export
#include "reel/models/callbacks/callbacks.h"            // IWYU pragma: export
#include "reel/models/data/aima.h"                      // IWYU pragma: export
#include "reel/models/data/arrays.h"                    // IWYU pragma: export
#include "reel/models/data/csv_rows.h"                  // IWYU pragma: export
#include "reel/models/data/get_file.h"                  // IWYU pragma: export
#include "reel/models/data/imdb.h"                      // IWYU pragma: export
#include "reel/models/data/iris.h"                      // IWYU pragma: export
#include "reel/models/data/mixed_streams.h"             // IWYU pragma: export
#include "reel/models/data/npy_rows.h"                  // IWYU pragma: export
#include "reel/models/data/sequences.h"                 // IWYU pragma: export
#include "reel/models/data/table.h"                     // IWYU pragma: export
#include "reel/models/data/text_folder.h"               // IWYU pragma: export
#include "reel/models/data/timeseries.h"                // IWYU pragma: export
#include "reel/models/formats/trace_file.h"             // IWYU pragma: export
#include "reel/models/layers/activations.h"             // IWYU pragma: export
#include "reel/models/layers/attention.h"               // IWYU pragma: export
#include "reel/models/layers/conv_lstm.h"               // IWYU pragma: export
#include "reel/models/layers/convolution.h"             // IWYU pragma: export
#include "reel/models/layers/core.h"                    // IWYU pragma: export
#include "reel/models/layers/dot.h"                     // IWYU pragma: export
#include "reel/models/layers/dropout.h"                 // IWYU pragma: export
#include "reel/models/layers/einsum_dense.h"            // IWYU pragma: export
#include "reel/models/layers/gru.h"                     // IWYU pragma: export
#include "reel/models/layers/hashing.h"                 // IWYU pragma: export
#include "reel/models/layers/input.h"                   // IWYU pragma: export
#include "reel/models/layers/lookup.h"                  // IWYU pragma: export
#include "reel/models/layers/lstm.h"                    // IWYU pragma: export
#include "reel/models/layers/masking.h"                 // IWYU pragma: export
#include "reel/models/layers/merging.h"                 // IWYU pragma: export
#include "reel/models/layers/multi_head_attention.h"    // IWYU pragma: export
#include "reel/models/layers/normalization.h"           // IWYU pragma: export
#include "reel/models/layers/operation.h"               // IWYU pragma: export
#include "reel/models/layers/pooling.h"                 // IWYU pragma: export
#include "reel/models/layers/preprocessing.h"           // IWYU pragma: export
#include "reel/models/layers/regularization.h"          // IWYU pragma: export
#include "reel/models/layers/reshaping.h"               // IWYU pragma: export
#include "reel/models/layers/resizing.h"                // IWYU pragma: export
#include "reel/models/layers/reversible_embedding.h"    // IWYU pragma: export
#include "reel/models/layers/row_normalization.h"       // IWYU pragma: export
#include "reel/models/layers/simple_rnn.h"              // IWYU pragma: export
#include "reel/models/layers/spectral_normalization.h"  // IWYU pragma: export
#include "reel/models/layers/text_vectorization.h"      // IWYU pragma: export
#include "reel/models/layers/wrappers.h"                // IWYU pragma: export
#include "reel/models/metrics/mean_metric_wrapper.h"    // IWYU pragma: export
#include "reel/models/model/sequential.h"               // IWYU pragma: export
#include "reel/models/training/custom_step.h"           // IWYU pragma: export
#include "reel/models/training/row_stream.h"            // IWYU pragma: export
#include "reel/models/training/trainer.h"               // IWYU pragma: export
#include "reel/ops/eager.h"                             // IWYU pragma: export
#include "reel/ops/ops.h"                               // IWYU pragma: export
#include "reel/version.h"                               // IWYU pragma: export

#endif
