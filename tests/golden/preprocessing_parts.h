// The parts of preprocessing.json, and what their cases have in common.
#pragma once

#include <functional>
#include <string>

#include "golden/case_files.h"
#include "golden/report.h"

namespace reel::golden {

/// What reading floats and adding them may lose.
inline constexpr Tolerance kPrepared{1e-6, 1e-6};

/// Replays one part, whose cases' names begin with `name`.
using PartReplay = void (*)(const std::string& name, const Json& part, Report& report);

void replay_padding(const std::string& name, const Json& part, Report& report);
void replay_to_categorical(const std::string& name, const Json& part, Report& report);
void replay_normalize(const std::string& name, const Json& part, Report& report);
void replay_split_dataset(const std::string& name, const Json& part, Report& report);
void replay_timeseries(const std::string& name, const Json& part, Report& report);
void replay_text_folder(const std::string& name, const Json& part, Report& report);
void replay_normalization_adapt(const std::string& name, const Json& part, Report& report);
void replay_discretization_adapt(const std::string& name, const Json& part, Report& report);
void replay_tokenizer(const std::string& name, const Json& part, Report& report);
void replay_text_vectorization(const std::string& name, const Json& part, Report& report);
void replay_lookup(const std::string& name, const Json& part, Report& report);
void replay_hashing(const std::string& name, const Json& part, Report& report);

/// One case for each element of a list, or of "cases" in an object: "NAME[0]", ...
void replay_each(const std::string& name, const Json& part, Report& report,
                 const std::function<void(const Json& spec, Case& result)>& replay);

/// What the case's "result" says: `run`'s own comparison, or, where Keras refuses, that ours is refused as well.
void check_result(const Json& result_of, Case& result, const std::function<void()>& run);

/// Nested lists of numbers as a tensor, floats as `dtype`.
Tensor tensor_of(const Json& lists, DType dtype = DType::f32);

}  // namespace reel::golden
