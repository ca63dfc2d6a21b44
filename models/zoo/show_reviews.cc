// Reviews and what a model thinks of them, for people.
#include <fmt/format.h>

#include <algorithm>

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

/// What a row of probabilities says.
struct Judgement {
  std::string text;  ///< "97.1 % positive"
  int64_t likeliest;
};

const std::vector<std::string>& class_names(const ZooTrained& trained) {
  static const std::vector<std::string> verdicts{"negative", "positive"};
  return trained.classes.empty() ? verdicts : trained.classes;
}

/// Of film reviews: how likely it is that one is positive. Of texts of one's own: the likeliest class.
Judgement judge(const ZooTrained& trained, const Tensor& probabilities) {
  const std::vector<std::string>& names = class_names(trained);
  std::vector<double> of(static_cast<size_t>(probabilities.size()));
  for (size_t i = 0; i < of.size(); ++i) of[i] = probabilities.at(static_cast<int64_t>(i));
  if (of.size() == 1) of = {1 - of[0], of[0]};
  const int64_t likeliest = std::ranges::max_element(of) - of.begin();
  const auto shown = static_cast<size_t>(trained.classes.empty() ? 1 : likeliest);
  return {fmt::format("{:5.1f} % {}", 100 * of[shown], names.at(shown)), likeliest};
}

}  // namespace

std::string judge_text(ZooTrained& trained, const std::string& text) {
  return judge(trained, trained.model.predict(encode_review_text(text, trained.words, trained.config))).text;
}

std::string show_reviews(const ZooData& data, ZooTrained& trained) {
  const Tensor predictions = trained.model.predict(data.held_out_x);
  std::string out = data.held_out_is_trained ? "Texts trained on" : "Reviews that training never saw";
  if (!data.classes.empty() && !data.held_out_is_trained) out = "Texts that training never saw";
  out += data.words.empty() ? "\n" : ", as the model reads them (? is a word it does not know)\n";
  int64_t right = 0;
  const int64_t count = data.held_out_x.shape()[0];
  for (int64_t i = 0; i < count; ++i) {
    const Judgement judgement = judge(trained, predictions.slice_rows(i, i + 1));
    const auto label = static_cast<int64_t>(data.held_out_y.at(i));
    const bool hit = judgement.likeliest == label;
    right += hit;
    out += fmt::format("{:2}. {}; {} {}{}\n", i + 1, judgement.text,
                       data.classes.empty() ? "the reviewer was" : "it is of",
                       class_names(trained).at(static_cast<size_t>(label)), hit ? "" : "  <- wrong");
    if (data.words.empty()) continue;
    const Tensor row = data.held_out_x.slice_rows(i, i + 1);
    out += wrapped(decode_ids(row.data<int32_t>(), data.words));
  }
  return out + fmt::format("{} of {} right\n", right, count);
}

}  // namespace reel
