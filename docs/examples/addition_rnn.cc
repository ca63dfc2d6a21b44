// Keras's example addition_rnn: learns to add, from sums written as text. "12+535 " becomes "547 "; as there, questions
// are reversed, which brings digits that belong together closer to one another.
#include <random>
#include <set>

#include "example.h"

using namespace reel;

namespace {

const std::string kCharacters = "0123456789+ ";

/// [n, steps, characters]: 1 at the character that stands there.
Tensor encoded(const std::vector<std::string>& texts) {
  std::vector<std::vector<int>> ids;
  for (const std::string& text : texts) {
    ids.emplace_back();
    for (const char c : text) ids.back().push_back(static_cast<int>(kCharacters.find(c)));
  }
  return one_hot(Tensor::of(ids), static_cast<int64_t>(kCharacters.size()));
}

std::string decoded(const Tensor& row) {
  std::string text;
  for (const int id : argmax(row).to_vector<int>()) text += kCharacters[static_cast<size_t>(id)];
  return text;
}

/// Questions of which no two are alike, up to the order of what is added, and their answers.
std::pair<std::vector<std::string>, std::vector<std::string>> sums(int64_t count, unsigned digits) {
  std::mt19937 bits(1);
  const auto number = [&] {
    int value = 0;
    for (auto left = 1 + bits() % digits; left > 0; --left) value = 10 * value + static_cast<int>(bits() % 10);
    return value;
  };
  std::set<std::pair<int, int>> seen;
  std::vector<std::string> questions, answers;
  while (static_cast<int64_t>(questions.size()) < count) {
    const int a = number(), b = number();
    if (!seen.insert(std::minmax({a, b})).second) continue;
    std::string question = fmt::format("{:<{}}", fmt::format("{}+{}", a, b), 2 * digits + 1);
    questions.emplace_back(question.rbegin(), question.rend());
    answers.push_back(fmt::format("{:<{}}", a + b, digits + 1));
  }
  return {questions, answers};
}

void addition_rnn(const examples::Example& example) {
  const int64_t count = example.pick(50'000, 4'000), split = count - count / 10, digits = example.pick(3, 2);
  const auto [questions, answers] = sums(count, static_cast<unsigned>(digits));
  const Tensor x = encoded(questions), y = encoded(answers);
  const Tensor x_train = x.slice_rows(0, split), y_train = y.slice_rows(0, split);
  const Tensor x_val = x.slice_rows(split, count), y_val = y.slice_rows(split, count);
  if (example.saves({{"x_train", x_train}, {"y_train", y_train}, {"x_val", x_val}, {"y_val", y_val}})) return;

  Sequential model{
      Input({2 * digits + 1, static_cast<int64_t>(kCharacters.size())}),
      LSTM(128),
      RepeatVector(digits + 1),
      LSTM(128, {.return_sequences = true}),
      Dense(static_cast<int64_t>(kCharacters.size()), {.activation = softmax}),
  };
  model.compile("adam", "categorical_crossentropy", "accuracy");
  fmt::print("{}", model.summary());

  const History history = model.fit(
      x_train, y_train, {.batch_size = 32, .epochs = example.pick(20, 15), .validation_data = {x_val, y_val}});

  const Tensor guesses = model.predict(x_val.slice_rows(0, 10));
  for (int64_t i = 0; i < 10; ++i) {
    const std::string question = decoded(x_val[i]), answer = decoded(y_val[i]), guess = decoded(guesses[i]);
    fmt::print("Q {} T {} {} {}\n", std::string(question.rbegin(), question.rend()), answer,
               guess == answer ? "right" : "wrong", guess);
  }
  examples::result("val_accuracy", history["val_accuracy"].back());
}

}  // namespace

int main(int argc, char** argv) { return examples::run(argc, argv, addition_rnn); }
