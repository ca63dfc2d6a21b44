// Film reviews for the models that read text: IMDB where it is found or can be fetched, otherwise a built-in corpus.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/models/zoo/zoo.h"

namespace reel {

inline constexpr int64_t kReviewVocabulary = 5000;  ///< ids, of which the first three are no words
inline constexpr int64_t kReviewSteps = 500;
inline constexpr int64_t kHeldOutReviews = 10;

/// Options that all models of texts have: "steps", words of a text, and "vocabulary", ids; and "classes" of the data.
std::vector<ZooOption> review_options(int64_t steps = kReviewSteps);

/// Reviews as i32 [n, steps], padded and cut in front; labels f32 [n], 1 where the reviewer liked the film. The first
/// ten of the training reviews, in the order of keras.datasets.imdb.load_data, are held out.
///
/// A folder of folders of .txt files, one for each class, or a .csv or .tsv of texts and classes (own_texts.h), as
/// `options.path`, are texts of the user's, whose vocabulary is that of what is trained on.
/// IMDB comes from `options.path`, the places of `find_imdb`, or the network. Where it is nowhere, and the environment
/// variable REEL_OFFLINE is set or the download fails, the reviews are those of `generate_reviews`: 10 held out, 8,000
/// to train on, 2,000 to validate on.
ZooData load_reviews(const ZooDataOptions& options);

/// The held-out reviews' words, each with what the model makes of it and its class.
std::string show_reviews(const ZooData& data, ZooTrained& trained);

/// "97.1 % positive", or of texts of one's own the likeliest class. The words must be known.
std::string judge_text(ZooTrained& trained, const std::string& text);

/// IMDB's words by rank, those that have an id below `vocabulary`: from the word index beside `imdb_npz` (may be
/// empty), elsewhere on this machine, or the network. Empty where it is nowhere.
std::vector<std::string> imdb_words(const std::string& imdb_npz, const ZooDataOptions& options, int64_t vocabulary);

/// One text as the models take it, i32 [1, steps]. As where Python reads a file, line ends may be those of any system,
/// and a byte order mark is no part of the text. `words`: by rank, element r the word of rank r.
Tensor encode_review_text(std::string_view text, const std::vector<std::string>& words, const ZooConfig& config);

}  // namespace reel
