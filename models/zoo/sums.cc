#include "reel/models/zoo/sums.h"

#include <fmt/format.h>

#include <algorithm>

#include "reel/graph/error.h"

namespace reel {
namespace {

constexpr auto kCount = static_cast<int64_t>(kSumCharacters.size());

/// One-hot from the last character to the first, blanks behind the question first.
void write_question(const std::string& question, std::span<float> row) {
  std::ranges::fill(row, 0.0f);
  const size_t steps = row.size() / kSumCharacters.size();
  for (size_t t = 0; t < steps; ++t) {
    const size_t at = steps - 1 - t;
    row[t * kSumCharacters.size() + kSumCharacters.find(at < question.size() ? question[at] : ' ')] = 1;
  }
}

std::string answer_in(std::span<const int32_t> characters) {
  std::string out;
  for (const int32_t character : characters) out += kSumCharacters[static_cast<size_t>(character)];
  return out.substr(0, out.find_last_not_of(' ') + 1);
}

}  // namespace

int64_t question_length(const ZooConfig& config) { return 2 * config["digits"] + 1; }
int64_t answer_length(const ZooConfig& config) { return config["digits"] + 1; }

ZooData load_sums(const ZooDataOptions& options) {
  const int64_t digits = options.config["digits"], asked = question_length(options.config) * kCount,
                said = answer_length(options.config);
  return make_rows(options, fmt::format("sums of two numbers of up to {} digits", digits),
                   {DType::f32, {rows, question_length(options.config), kCount}}, {DType::i32, {rows, said}}, 50000,
                   [&](Random& random, int64_t row, Tensor& x, Tensor& y) {
                     int64_t terms[2] = {};
                     for (int64_t& term : terms) {
                       for (uint32_t left = 1 + random.below(static_cast<uint32_t>(digits)); left > 0; --left) {
                         term = 10 * term + random.below(10);
                       }
                     }
                     write_question(
                         fmt::format("{}+{}", terms[0], terms[1]),
                         x.data<float>().subspan(static_cast<size_t>(row * asked), static_cast<size_t>(asked)));
                     const std::string sum = fmt::format("{:<{}}", terms[0] + terms[1], said);
                     for (int64_t i = 0; i < said; ++i) {
                       y.data<int32_t>()[static_cast<size_t>(row * said + i)] =
                           static_cast<int32_t>(kSumCharacters.find(sum[static_cast<size_t>(i)]));
                     }
                   });
}

std::string answer_sum(ZooTrained& trained, const std::string& text) {
  const auto most = static_cast<size_t>(question_length(trained.config));
  if (text.size() > most || text.find_first_not_of(kSumCharacters) != text.npos) {
    throw DataError(
        fmt::format("expected a sum of up to {} characters like \"12+34\", got \"{}\"", most, excerpt(text)));
  }
  Tensor x(DType::f32, {1, question_length(trained.config), kCount});
  write_question(text, x.data<float>());
  return answer_in(likeliest_classes(trained.model.predict(x)));
}

std::string show_sums(const ZooData& data, ZooTrained& trained) {
  const std::vector<int32_t> questions = likeliest_classes(data.held_out_x),
                             answers = likeliest_classes(trained.model.predict(data.held_out_x));
  const auto asked = static_cast<size_t>(question_length(trained.config)),
             said = static_cast<size_t>(answer_length(trained.config));
  std::string out = "Sums that training never saw\n";
  const size_t count = answers.size() / said;
  size_t right = 0;
  for (size_t i = 0; i < count; ++i) {
    std::vector<int32_t> question(questions.rbegin() + static_cast<ptrdiff_t>((count - 1 - i) * asked),
                                  questions.rbegin() + static_cast<ptrdiff_t>((count - i) * asked));
    const std::string given = answer_in(std::span(answers).subspan(i * said, said));
    const std::string sum = answer_in(data.held_out_y.data<int32_t>().subspan(i * said, said));
    right += given == sum;
    out += fmt::format("{:2}. {} = {}{}\n", i + 1, answer_in(question), given,
                       given == sum ? "" : fmt::format("; it is {}  <- wrong", sum));
  }
  return out + fmt::format("{} of {} right\n", right, count);
}

}  // namespace reel
