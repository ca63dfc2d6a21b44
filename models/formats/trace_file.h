// Traces as files that trace viewers read: the JSON of the Trace Event Format, which https://ui.perfetto.dev and
// chrome://tracing open.
#pragma once

#include <string>

#include "reel/graph/trace.h"

namespace reel {

/// Replaces the file at `path` as a whole or not at all. Throws DataError if it cannot be written.
void save_trace(const std::string& path, const Trace& trace);

/// Records as long as it lives, and leaves a file, also when an exception ends the block:
///
///   TraceFile trace("fit.json");
///   model.fit(x, y);
class TraceFile {
 public:
  /// Throws Error while another trace records.
  explicit TraceFile(std::string path, TraceOptions options = {}) : path_(std::move(path)), trace_(options) {}
  /// As `close`, but failures to write are lost.
  ~TraceFile();
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;

  /// Ends recording and writes the file, once. Throws DataError if it cannot be written.
  void close();
  /// Ends recording and writes nothing, unless it is closed already.
  void discard();
  const std::string& path() const { return path_; }
  const Trace& trace() const { return trace_; }

 private:
  std::string path_;
  Trace trace_;
  bool is_open_ = true;
};

}  // namespace reel
