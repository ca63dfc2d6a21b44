// reel-zoo predict FILE --text "..."
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "reel/models/zoo/reviews.h"
#include "tools/commands.h"
#include "tools/loading.h"
#include "tools/output.h"
#include "tools/saved_model.h"

namespace reel::cli {
namespace {

constexpr size_t kShown = 100;

/// At most `kShown` bytes of the text, cut between characters.
std::string shortened(const std::string& text) {
  if (text.size() <= kShown) return text;
  const auto continues = [&](size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; };
  size_t end = kShown;
  while (end > 0 && continues(end)) --end;
  return text.substr(0, end) + "...";
}

void predict(SavedModel& saved, const std::string& text) {
  const double probability = saved.sequential.predict(encode_review_text(text, saved.words)).item();
  say("{:5.1f} % positive  {}\n", 100 * probability, shortened(text));
}

void predict_lines(SavedModel& saved) {
  bool has_text = false;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    has_text = true;
    predict(saved, line);
    flush_output();
  }
  // The stream takes what cannot be read for an end; the C stream below it knows.
  if (std::ferror(stdin) != 0) throw DataError(fmt::format("standard input: cannot read: {}", std::strerror(errno)));
  if (!has_text) throw DataError("standard input: expected texts, one a line, got none");
}

int run(const Arguments& arguments) {
  if (!arguments.has("text")) throw UsageError("predict: --text is missing; --text - reads lines from standard input");
  for (const std::string& text : arguments.texts("text")) {
    if (text.find_first_not_of(" \t\r\n") == text.npos) throw UsageError("predict: --text is empty");
  }
  apply_threads(arguments);
  SavedModel saved = load_model(arguments.word(0));
  if (saved.model.kind != ZooKind::text) {
    throw UsageError(fmt::format("predict: {} holds {}, which reads no text", arguments.word(0), saved.model.name));
  }
  if (saved.words.empty()) {
    ZooDataOptions options = talking_options(stderr);
    options.may_download = true;
    saved.words = imdb_words({}, options);
    if (saved.words.empty()) throw DataError("predict: needs imdb_word_index.json in REEL_DATA, to know the words");
  }
  for (const std::string& text : arguments.texts("text")) {
    if (text == kStandard) {
      predict_lines(saved);
    } else {
      predict(saved, text);
    }
  }
  return 0;
}

}  // namespace

Command predict_command() {
  return {.syntax = {.command = "predict",
                     .words = {"FILE"},
                     .about = "Applies a model that \"reel-zoo train --save FILE\" has saved to texts of your own.",
                     .options = {{"text", "TEXT",
                                  "a review; may be given several times, and \"-\" reads one a line from standard "
                                  "input"},
                                 threads_option()}},
          .summary = "apply a saved model to your own texts",
          .repeatable = "text",
          .run = run};
}

}  // namespace reel::cli
