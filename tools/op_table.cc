#include "tools/op_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tools/output.h"

namespace reel::cli {
namespace {

constexpr double kShown = 0.001;  // share of the time from which on an op has a line of its own
constexpr size_t kNarrowest = 30;

/// Time that is in no op, in seconds of all threads.
struct Outside {
  const char* what;
  const char* key;
  double seconds;
};

std::vector<Outside> outside_ops(const Profile& p, int threads) {
  return {{"dispatch, within tiles", "dispatch", p.tile_seconds - p.op_seconds},
          {"sums over tiles, between them", "between_tiles", p.worker_seconds - p.tile_seconds},
          {"waiting for work or other threads", "waiting", threads * p.stage_seconds - p.worker_seconds},
          {"outside of stages", "outside_stages", threads * (p.run_seconds - p.stage_seconds)}};
}

/// The ops with a line of their own; the rest in one entry.
std::vector<ProfileEntry> shown_ops(const Profile& profile, double total) {
  std::vector<ProfileEntry> shown;
  ProfileEntry others;
  int count = 0;
  for (const ProfileEntry& op : profile.ops) {
    if (op.seconds >= kShown * total) {
      shown.push_back(op);
      continue;
    }
    ++count;
    others.nodes += op.nodes;
    others.calls += op.calls;
    others.seconds += op.seconds;
    others.flops += op.flops;
  }
  others.op = fmt::format("{} others", count);
  if (count > 0) shown.push_back(others);
  return shown;
}

}  // namespace

void print_op_table(const Profile& profile, const ProfileContext& context, std::FILE* out) {
  if (profile.runs == 0) return;
  const double runs = static_cast<double>(profile.runs), total = context.threads * profile.run_seconds;
  const TimeUnit unit = time_unit(profile.run_seconds / runs);
  const std::vector<ProfileEntry> ops = shown_ops(profile, total);
  size_t width = kNarrowest;
  for (const ProfileEntry& op : ops) width = std::max(width, op.op.size());
  const auto share = [&](double seconds) { return fmt::format("{:.1f} %", 100 * seconds / total); };
  const auto line = [&](const std::string& name, double seconds) {
    say(out, "  {:<{}} {:>6} {:>7} {:>9} {:>9.3f} {:>8}\n", name, width, "", "", "", unit.per_second * seconds / runs,
        share(seconds));
  };
  say(out, "  {:<{}} {:>6} {:>7} {:>9} {:>9} {:>8} {:>9} {:>8}\n", "op", width, "nodes", "calls", "us/call",
      fmt::format("{}/step", unit.name), "share", "GFLOP/s", "of peak");
  for (const ProfileEntry& op : ops) {
    const double flops = op.seconds > 0 ? op.flops / op.seconds : 0;  // of one thread at work on it
    const bool computes = flops > 0;
    say(out, "  {:<{}} {:>6} {:>7.0f} {:>9.2f} {:>9.3f} {:>8} {:>9} {:>8}\n", op.op, width, op.nodes,
        static_cast<double>(op.calls) / runs, op.calls > 0 ? 1e6 * op.seconds / static_cast<double>(op.calls) : 0,
        unit.per_second * op.seconds / runs, share(op.seconds), computes ? fmt::format("{:.1f}", flops / 1e9) : "",
        computes ? fmt::format("{:.1f} %", 100 * flops * context.threads / context.peak_flops) : "");
  }
  say(out, "\n");
  line("in ops", profile.op_seconds);
  for (const Outside& outside : outside_ops(profile, context.threads)) line(outside.what, outside.seconds);
  line(fmt::format("{} thread{} x {}", context.threads, context.threads == 1 ? "" : "s",
                   time_text(profile.run_seconds / runs)),
       total);
}

nlohmann::ordered_json json_of(const Profile& profile, const ProfileContext& context) {
  const double runs = static_cast<double>(std::max<int64_t>(profile.runs, 1));
  const auto ms = [&](double seconds) { return 1e3 * seconds / runs; };
  nlohmann::ordered_json json = {{"run_ms", ms(profile.run_seconds)}, {"ops_ms", ms(profile.op_seconds)}};
  for (const Outside& outside : outside_ops(profile, context.threads)) {
    json[std::string(outside.key) + "_ms"] = ms(outside.seconds);
  }
  json["ops"] = nlohmann::ordered_json::array();
  for (const ProfileEntry& op : profile.ops) {
    json["ops"].push_back({{"op", op.op},
                           {"nodes", op.nodes},
                           {"calls", static_cast<double>(op.calls) / runs},
                           {"ms", ms(op.seconds)},
                           {"gflops", op.seconds > 0 ? op.flops / op.seconds / 1e9 : 0}});
  }
  return json;
}

}  // namespace reel::cli
