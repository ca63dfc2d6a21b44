// Sums as text, "12+34", and how they are answered.
#pragma once

#include <string>
#include <string_view>

#include "reel/models/zoo/made.h"

namespace reel {

inline constexpr std::string_view kSumCharacters = " +0123456789";

/// Characters of a sum of two numbers of up to "digits" digits, an option, and of what it comes to.
int64_t question_length(const ZooConfig& config);
int64_t answer_length(const ZooConfig& config);

/// x f32 [n, question, 12], one-hot from the last character to the first, as sums are read more easily that way, blanks
/// before them; y i32 [n, answer], characters and blanks behind them.
ZooData load_sums(const ZooDataOptions& options);
std::string show_sums(const ZooData& data, ZooTrained& trained);
/// What the model says that a sum comes to. Throws DataError for what is none.
std::string answer_sum(ZooTrained& trained, const std::string& text);

}  // namespace reel
