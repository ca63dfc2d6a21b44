#include "reel/models/callbacks/function_field.h"

#include "reel/graph/error.h"

namespace reel {

Config FunctionField::get() const {
  throw ValueError("a function has no config: derive from Callback, with fields and a class \"package>Name\"");
}

void FunctionField::set(const Config&) { get(); }

}  // namespace reel
