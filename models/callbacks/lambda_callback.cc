#include "reel/models/callbacks/lambda_callback.h"

#include "reel/models/callbacks/function_field.h"

namespace reel {

void LambdaCallback::fields(Fields& f) { f.as("functions", FunctionField()); }

bool LambdaCallback::watches_batches(const CallbackRun&) const {
  return on_train_batch_begin || on_train_batch_end || on_test_batch_begin || on_test_batch_end ||
         on_predict_batch_begin || on_predict_batch_end;
}

}  // namespace reel
