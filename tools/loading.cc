#include "tools/loading.h"

#include <malloc.h>

#include <memory>

#include "reel/graph/printable.h"
#include "reel/graph/trace.h"
#include "reel/models/model/summary.h"
#include "reel/models/training/progress.h"
#include "tools/output.h"

namespace reel::cli {
namespace {

/// A download's line, redrawn on a terminal; elsewhere silent.
class DownloadLine {
 public:
  explicit DownloadLine(std::FILE* out) : out_(is_terminal(out) ? out : nullptr) {}
  void show(int64_t done, int64_t total) {
    if (out_ == nullptr || total <= 0) return;
    const int64_t percent = 100 * done / total;
    if (percent == percent_) return;
    percent_ = percent;
    std::string bar;
    for (int cell = 0; cell < kCells; ++cell) bar += cell * 100 < percent * kCells ? "━" : "─";
    say(out_, "\r\033[K{} {}%  {} of {}{}", bar, percent, format_size(done), format_size(total),
        done == total ? "\n" : "");
    push_out(out_);
  }

 private:
  static constexpr int kCells = 20;
  std::FILE* out_;
  int64_t percent_ = -1;
};

}  // namespace

ZooDataOptions talking_options(std::FILE* out) {
  ZooDataOptions options;
  options.say = [out](const std::string& line) {
    say(out, "{}\n", line);
    push_out(out);
  };
  options.download_progress = [bar = std::make_shared<DownloadLine>(out)](int64_t done, int64_t total) {
    bar->show(done, total);
  };
  return options;
}

ZooData load_data(const ZooModel& model, const ZooDataOptions& options, std::span<const OutputFile> outputs,
                  std::FILE* out) {
  const TraceScope scope("load data");
  ZooData data = model.load(options);
  ::malloc_trim(0);  // what only loading needed, in many small pieces, goes back to the system
  check_replaces_none(outputs, data.files);
  say(out, "Data: {}\n", printable(data.source));
  push_out(out);
  if (outputs.empty()) flush_output();  // nothing that is to come would be left
  return data;
}

}  // namespace reel::cli
