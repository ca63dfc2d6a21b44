// Keras's example lstm_seq2seq: an LSTM reads a text, and another one, which begins with the first one's states, writes
// its translation, character by character. Keras's translates short English sentences of a file to French; this one
// numbers, which it writes itself: "ninety-five" is "quatre-vingt-quinze".
#include <algorithm>
#include <vector>

#include "example.h"
#include "reel/models/data/numpy_shuffle.h"

using namespace reel;

namespace {

constexpr int64_t kLatent = 128;                                     // of the states; 256 in Keras's
const std::string kCharacters = " \t\n-abcdefghijklmnopqrstuvwxyz";  // tab begins a translation, line feed ends it

std::string english(int n) {
  static const std::vector<std::string> small = {
      "zero", "one",    "two",    "three",    "four",     "five",    "six",     "seven",     "eight",    "nine",
      "ten",  "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
  static const std::vector<std::string> tens = {"",      "",      "twenty",  "thirty", "forty",
                                                "fifty", "sixty", "seventy", "eighty", "ninety"};
  if (n < 20) return small[static_cast<size_t>(n)];
  if (n < 100) return tens[static_cast<size_t>(n / 10)] + (n % 10 ? "-" + english(n % 10) : "");
  if (n < 1000) return english(n / 100) + " hundred" + (n % 100 ? " " + english(n % 100) : "");
  return english(n / 1000) + " thousand" + (n % 1000 ? " " + english(n % 1000) : "");
}

/// Below 10,000.
std::string french(int n) {
  static const std::vector<std::string> small = {
      "zero", "un",   "deux",  "trois",  "quatre",   "cinq",   "six",   "sept",     "huit",     "neuf",
      "dix",  "onze", "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"};
  static const std::vector<std::string> tens = {"", "", "vingt", "trente", "quarante", "cinquante", "soixante"};
  if (n < 20) return small[static_cast<size_t>(n)];
  if (n < 80) {  // seventy is sixty-ten
    const int of = std::min(n / 10, 6), rest = n - 10 * of;
    const char* joint = rest == 1 || rest == 11 ? " et " : "-";
    return tens[static_cast<size_t>(of)] + (rest ? joint + french(rest) : "");
  }
  if (n < 100) return "quatre-vingt" + (n == 80 ? "s" : "-" + french(n - 80));
  const int unit = n < 1000 ? 100 : 1000, of = n / unit;
  std::string text = of == 1 ? "" : french(of) + " ";
  text += unit == 1000 ? "mille" : of > 1 && n % unit == 0 ? "cents" : "cent";
  return text + (n % unit ? " " + french(n % unit) : "");
}

/// [n, steps, characters], blanks behind a text.
Tensor encoded(const std::vector<std::string>& texts, size_t steps) {
  std::vector<std::vector<int>> ids;
  for (std::string text : texts) {
    text.resize(steps, ' ');
    ids.emplace_back();
    for (const char c : text) ids.back().push_back(static_cast<int>(kCharacters.find(c)));
  }
  return one_hot(Tensor::of(ids), static_cast<int64_t>(kCharacters.size()));
}

size_t longest(const std::vector<std::string>& texts) {
  return std::ranges::max(texts, {}, [](const std::string& text) { return text.size(); }).size();
}

/// Translations of all rows, each character by character: what the decoder writes is what it reads next. `writer`: from
/// a character and two states to the next character's shares and the new states.
std::vector<std::string> translated(Model& encoder, Model& writer, const Tensor& inputs, size_t steps) {
  const auto count = static_cast<size_t>(inputs.shape()[0]);
  std::vector<Tensor> states = encoder.predict_all(inputs);
  std::vector<std::string> texts(count), read(count, "\t");
  for (size_t step = 0; step < steps; ++step) {
    const std::vector<Tensor> out = writer.predict_all({encoded(read, 1), states[0], states[1]});
    const std::vector<int> next = argmax(out[0]).to_vector<int>();
    for (size_t i = 0; i < count; ++i) {
      read[i] = kCharacters[static_cast<size_t>(next[i])];
      if (!texts[i].ends_with('\n')) texts[i] += read[i];
    }
    states = {out[1], out[2]};
  }
  return texts;
}

void lstm_seq2seq(const examples::Example& example) {
  std::vector<std::string> inputs, targets, next;  // next: what the decoder is to write where it reads a target
  const int64_t numbers = example.pick(10'000, 1'000), training = numbers * 8 / 10;
  for (const uint32_t n : NumpyShuffle(1).permutation(static_cast<uint32_t>(numbers))) {
    inputs.push_back(english(static_cast<int>(n)));
    next.push_back(french(static_cast<int>(n)) + "\n");
    targets.push_back("\t" + next.back());
  }
  const size_t steps = longest(targets);
  const Tensor encoder_input = encoded(inputs, longest(inputs));
  const Tensor decoder_input = encoded(targets, steps), decoder_target = encoded(next, steps);
  if (example.saves(
          {{"encoder_input", encoder_input}, {"decoder_input", decoder_input}, {"decoder_target", decoder_target}})) {
    return;
  }

  const auto tokens = static_cast<int64_t>(kCharacters.size());
  const Input encoder_inputs({unknown, tokens}), decoder_inputs({unknown, tokens});
  const auto read = LSTM(kLatent, {.return_state = true}).outputs({encoder_inputs});
  const std::vector<SymbolicTensor> states{read[1], read[2]};
  const LSTM decoder(kLatent, {.return_sequences = true, .return_state = true});
  const Dense dense(tokens, {.activation = softmax});
  Model model({encoder_inputs, decoder_inputs},
              {dense(decoder.outputs({decoder_inputs}, {.initial_state = states})[0])});
  model.compile("rmsprop", "categorical_crossentropy", "accuracy");
  const History history =
      model.fit({encoder_input, decoder_input}, decoder_target,
                {.batch_size = example.pick(64, 16), .epochs = example.pick(10, 4), .validation_split = 0.2});

  // To translate, the same layers, a step at a time.
  Model encoder({encoder_inputs}, states);
  const Input character({1, tokens}), state_h({kLatent}), state_c({kLatent});
  const auto step = decoder.outputs({character}, {.initial_state = {state_h, state_c}});
  Model writer({character, state_h, state_c}, {dense(step[0]), step[1], step[2]});

  const auto first = static_cast<size_t>(training);
  const auto texts = translated(encoder, writer, encoder_input.slice_rows(training, numbers), steps);
  double right = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    right += texts[i] == next[first + i];
    if (i < 10) fmt::print("{} -> {}\n", inputs[first + i], texts[i].substr(0, texts[i].find('\n')));
  }
  fmt::print("{:.2f} % of the numbers to validate on are right\n", 100 * right / static_cast<double>(texts.size()));
  examples::result("val_accuracy", history["val_accuracy"].back());
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, lstm_seq2seq); }
