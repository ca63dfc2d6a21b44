// Reviews and what a model thinks of them, for people.
#include <fmt/format.h>

#include "reel/graph/printable.h"
#include "reel/models/data/text.h"
#include "reel/models/zoo/reviews.h"

namespace reel {
namespace {

constexpr size_t kWidth = 96, kLines = 4;

/// `text` in lines of at most `kWidth` bytes, indented; of more than `kLines` lines only the first.
std::string wrapped(const std::string& text) {
  std::string out, line;
  size_t lines = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = excerpt(std::string_view(text).substr(at, end - at), kWidth);
    at = end + 1;
    if (!line.empty() && line.size() + 1 + word.size() > kWidth) {
      const bool is_last = ++lines == kLines;
      out += fmt::format("  {}{}\n", line, is_last ? " ..." : "");
      line.clear();
      if (is_last) return out;
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return out + (line.empty() ? "" : fmt::format("  {}\n", line));
}

const char* verdict(bool positive) { return positive ? "positive" : "negative"; }

}  // namespace

std::string show_reviews(const ZooData& data, const Tensor& predictions) {
  std::string out = "Reviews that training never saw";
  out += data.words.empty() ? "\n" : ", as the model reads them (? is a word it does not know)\n";
  int64_t right = 0;
  const int64_t count = data.held_out_x.shape()[0];
  for (int64_t i = 0; i < count; ++i) {
    const double probability = predictions.at(i);
    const bool label = data.held_out_y.at(i) > 0.5, hit = (probability > 0.5) == label;
    right += hit;
    out += fmt::format("{:2}. {:5.1f} % positive; the reviewer was {}{}\n", i + 1, 100 * probability, verdict(label),
                       hit ? "" : "  <- wrong");
    if (data.words.empty()) continue;
    const Tensor row = data.held_out_x.slice_rows(i, i + 1);
    out += wrapped(decode_ids(row.data<int32_t>(), data.words));
  }
  return out + fmt::format("{} of {} right\n", right, count);
}

}  // namespace reel
