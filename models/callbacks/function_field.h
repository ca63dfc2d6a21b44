// FunctionField: an argument that is a function, which no config can hold.
#pragma once

#include "reel/models/describe/fields.h"

namespace reel {

/// Throws ValueError wherever it is written or read.
struct FunctionField final : Field {
  Config get() const override;
  void set(const Config& value) override;
};

}  // namespace reel
