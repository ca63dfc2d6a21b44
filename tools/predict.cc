// reel-zoo predict FILE --text "..."
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <iostream>
#include <utility>
#include <variant>

#include "reel/models/data/utf16.h"
#include "reel/models/zoo/reviews.h"
#include "tools/commands.h"
#include "tools/loading.h"
#include "tools/output.h"
#include "tools/predict_rows.h"
#include "tools/saved_model.h"

namespace reel::cli {
namespace {

constexpr size_t kShown = 100;  // characters of a text beside what is predicted of it

/// Applies a model to a text, and prints what comes of it.
using Predict = std::function<void(const std::string& text)>;

void predict_zoo(SavedModel& saved, const std::string& text) {
  const std::string answer = saved.zoo.answer(saved.trained, text);
  // What writes on has the text in what it gives.
  answer.starts_with(text) ? say("{}\n", answer) : say("{}  {}\n", answer, excerpt(text, kShown));
}

/// The model's outputs, up to ten numbers of each.
void predict_any(Model& model, const std::string& text) {
  constexpr int64_t kMostNumbers = 10;
  std::string line;
  for (const Tensor& output : model.predict_all(Strings(Shape({1, 1}), {text}))) {
    for (int64_t i = 0; i < std::min(output.size(), kMostNumbers); ++i) line += fmt::format("{:.6g} ", output.at(i));
    if (output.size() > kMostNumbers) line += fmt::format("... ({} numbers) ", output.size());
  }
  say("{} {}\n", line, excerpt(text, kShown));
}

/// A line of standard input, which is several where they end as on an old Mac.
bool predict_line(const Predict& predict, std::string_view line) {
  bool has_text = false;
  while (!line.empty()) {
    const std::string text(line.substr(0, line.find('\r')));
    line.remove_prefix(std::min(text.size() + 1, line.size()));
    if (text.find_first_not_of(" \t") == text.npos) continue;
    has_text = true;
    predict(text);
    flush_output();
  }
  return has_text;
}

/// Reads a line of standard input, without its end; false where there is none. Throws DataError for one that is longer
/// than any text, for it may not end at all.
bool read_line(std::string& line) {
  constexpr size_t kMost = size_t{16} << 20;
  constexpr int kEnd = std::char_traits<char>::eof();
  line.clear();
  for (int c; (c = std::cin.get()) != kEnd;) {
    if (c == '\n') return true;
    if (line.size() == kMost) throw DataError(fmt::format("standard input: expected lines of up to {} bytes", kMost));
    line += static_cast<char>(c);
  }
  return !line.empty();
}

void predict_lines(const Predict& predict) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  bool has_text = false, is_first = true;
  for (std::string line; read_line(line);) {
    if (std::exchange(is_first, false)) {
      if (is_utf16(line)) throw DataError("standard input: expected UTF-8, got what looks like UTF-16");
      if (line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
    }
    has_text |= predict_line(predict, line);
  }
  // The stream takes what cannot be read for an end; the C stream below it knows.
  if (std::ferror(stdin) != 0) throw DataError(fmt::format("standard input: cannot read: {}", std::strerror(errno)));
  if (!has_text) throw DataError("standard input: expected texts, one a line, got none");
}

/// The words that a model of the zoo knows, which its file may lack.
void need_words(SavedModel& saved, const std::string& path) {
  if (saved.zoo.answer == nullptr)
    throw UsageError(fmt::format("predict: {} holds {}, which reads no text", path, saved.zoo.name));
  std::vector<std::string>& words = saved.trained.words;
  if (saved.zoo.kind != ZooKind::reviews || !words.empty()) return;
  ZooDataOptions options = talking_options(stderr);
  options.may_download = true;
  words = imdb_words({}, options, saved.trained.config["vocabulary"]);
  if (words.empty()) throw DataError("predict: needs imdb_word_index.json in REEL_DATA, to know the words");
}

Predict predict_of(std::variant<SavedModel, AnyModel>& loaded, const std::string& path) {
  if (auto* saved = std::get_if<SavedModel>(&loaded)) {
    need_words(*saved, path);
    return [saved](const std::string& text) { predict_zoo(*saved, text); };
  }
  Model& model = std::get<AnyModel>(loaded).model;
  if (model.inputs().size() != 1 || !model.inputs()[0].type().is_text)
    throw UsageError(fmt::format("predict: {} holds {}, which reads no text", path, model.name()));
  return [&model](const std::string& text) { predict_any(model, text); };
}

int run(const Arguments& arguments) {
  // The file first: where its name is wrong, nothing else is worth telling.
  if (::access(arguments.word(0).c_str(), R_OK) != 0) {
    throw DataError(fmt::format("{}: cannot open: {}", arguments.word(0), std::strerror(errno)));
  }
  if (arguments.has("data")) return predict_rows(arguments);
  if (!arguments.has("text"))
    throw UsageError("predict: --text or --data is missing; --text - reads lines from standard input");
  for (const std::string& text : arguments.texts("text")) {
    if (text.find_first_not_of(" \t\r\n") == text.npos) throw UsageError("predict: --text is empty");
  }
  apply_threads(arguments);
  std::variant<SavedModel, AnyModel> loaded = load_text_model(arguments.word(0));
  const Predict predict = predict_of(loaded, arguments.word(0));
  for (const std::string& text : arguments.texts("text")) text == kStandard ? predict_lines(predict) : predict(text);
  return 0;
}

}  // namespace

Command predict_command() {
  return {
      .syntax =
          {.command = "predict",
           .words = {"FILE"},
           .about = "Applies a model that \"reel-zoo train --save FILE\" has saved to texts of your own, or any model\n"
                    "in a .keras or .h5 file to rows, and to texts if it reads them.",
           .options =
               {{"text", "TEXT",
                 "a text for a model that reads them: a review, \"12+34\", \"5.1,3.5,1.4,0.2\", or what to write on "
                 "from; may be given several times, and \"-\" reads one a line from standard input"},
                {"data", "F", "rows in a .npy, or an .npz with an array for each input"},
                {"out", "F", "where what the model gives of --data goes: .npy, or .npz of several"},
                {"layer", "NAME", "what this layer gives of --data, instead of the last"},
                threads_option()}},
      .summary = "apply a saved model to your own texts or rows",
      .repeatable = {"text"},
      .run = run};
}

}  // namespace reel::cli
