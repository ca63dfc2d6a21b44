// What runs do with parameters at the same time. Any number may read them. One that assigns to some reads as the others
// do, until it is about to assign: then it waits until they are done, and none begins before it is. So each run sees
// the values of one whole step. Nothing that users wrote runs while an assigning run waits for readers.
#pragma once

#include <span>

#include "reel/graph/tensor.h"

namespace reel {

/// A run's use of its parameters, as long as it lives. It belongs to the thread that makes it; those that the thread
/// makes meanwhile must end before it.
class ParameterUse {
 public:
  /// Waits as long as another run assigns to any of them; a run that assigns, also as long as it and another that does
  /// would read what the other assigns. Throws Error where such another is the thread's own, which would wait forever.
  ParameterUse(std::span<BufferUse* const> read, std::span<BufferUse* const> assigned);
  ~ParameterUse();
  ParameterUse(const ParameterUse&) = delete;
  ParameterUse& operator=(const ParameterUse&) = delete;

  /// Waits until no other run reads what is assigned. From then on none begins to, until this use ends.
  void start_assigning();

 private:
  bool excludes(const ParameterUse& other) const;
  bool may_begin() const;
  bool is_alone() const;

  std::span<BufferUse*const> read_, assigned_;
  const ParameterUse* outer_;  // the thread's use around this one
};

}  // namespace reel
