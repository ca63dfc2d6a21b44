// All callbacks that there are by name.
#pragma once

#include "reel/models/callbacks/backup_and_restore.h"       // IWYU pragma: export
#include "reel/models/callbacks/csv_logger.h"               // IWYU pragma: export
#include "reel/models/callbacks/early_stopping.h"           // IWYU pragma: export
#include "reel/models/callbacks/lambda_callback.h"          // IWYU pragma: export
#include "reel/models/callbacks/learning_rate_scheduler.h"  // IWYU pragma: export
#include "reel/models/callbacks/model_checkpoint.h"         // IWYU pragma: export
#include "reel/models/callbacks/reduce_lr_on_plateau.h"     // IWYU pragma: export
#include "reel/models/callbacks/swap_ema_weights.h"         // IWYU pragma: export
#include "reel/models/callbacks/terminate_on_nan.h"         // IWYU pragma: export
#include "reel/models/training/progbar_logger.h"            // IWYU pragma: export
