// The parts of a folder of cases. Each replays what it finds of its part, and does nothing where the part is missing.
#pragma once

#include <filesystem>

#include "golden/report.h"

namespace reel::golden {

void replay_layers(const std::filesystem::path& folder, Report& report);
void replay_functional(const std::filesystem::path& folder, Report& report);
/// Runs of fit, evaluate and the like, with callbacks and options.
void replay_fit(const std::filesystem::path& folder, Report& report);
void replay_losses(const std::filesystem::path& folder, Report& report);
void replay_metrics(const std::filesystem::path& folder, Report& report);
void replay_optimizers(const std::filesystem::path& folder, Report& report);
/// Regularizers and constraints, too.
void replay_initializers(const std::filesystem::path& folder, Report& report);
void replay_training(const std::filesystem::path& folder, Report& report);
void replay_preprocessing(const std::filesystem::path& folder, Report& report);
/// Saved models.
void replay_files(const std::filesystem::path& folder, Report& report);
/// Cases of parts that none of the above replays, none of which can run.
void replay_other_parts(const std::filesystem::path& folder, Report& report);

}  // namespace reel::golden
