// --trace F, which several commands take.
#pragma once

#include <cstdio>
#include <optional>

#include "reel/models/formats/trace_file.h"
#include "tools/arguments.h"

namespace reel::cli {

Option trace_option();

/// Records while it lives if --trace, one of the command's output files, says so. The file is written when it is
/// finished, or when an error ends the command.
class Tracing {
 public:
  explicit Tracing(const Arguments& arguments);

  /// What records, or null.
  const Trace* trace() const { return file_ ? &file_->trace() : nullptr; }
  /// Records no more and writes no file.
  void discard() {
    if (file_) file_->discard();
  }
  /// Writes the file and tells `out` what is in it.
  void finish(std::FILE* out);

 private:
  std::optional<TraceFile> file_;
};

}  // namespace reel::cli
