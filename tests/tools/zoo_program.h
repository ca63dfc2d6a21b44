// Runs reel-zoo as a user does, on a machine where nothing is found and nothing can be downloaded.
#pragma once

#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "models/temporary_folder.h"

namespace reel::testing {

struct Ran {
  int code = -1;
  std::string out, err;
};

/// `text` as one word for a shell.
inline std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// A folder in which reel-zoo runs, without data, caches or network.
class ZooFolder {
 public:
  ZooFolder() { std::filesystem::create_directories(folder_ / "data"); }

  std::string operator/(const std::string& name) const { return folder_ / name; }

  /// `arguments` as a shell reads them; `input` comes in through standard input.
  Ran run(const std::string& arguments, const std::string& input = "") const {
    write_text(folder_ / "stdin", input);
    // First, so that `arguments` may lead the streams elsewhere.
    return run_in_folder(quoted(REEL_BINARY_DIR "/reel-zoo") + " <stdin 2>stderr " + arguments);
  }

  /// What reel-zoo complains of: "" unless it exits with 2 after exactly one line that begins with its name.
  std::string complaint(const std::string& arguments) const {
    const Ran ran = run(arguments);
    const bool is_one_line = std::count(ran.err.begin(), ran.err.end(), '\n') == 1 && ran.err.ends_with('\n');
    const std::string name = "reel-zoo: ";
    if (ran.code != 2 || !is_one_line || !ran.err.starts_with(name)) {
      return "not one line and exit code 2, but " + std::to_string(ran.code) + ": " + ran.err;
    }
    return ran.err.substr(name.size(), ran.err.size() - name.size() - 1);
  }

 private:
  Ran run_in_folder(const std::string& words) const {
    const std::string command = "cd " + quoted(folder_.path()) + " && " + words;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
    Ran ran;
    char buffer[4096];
    for (size_t count; (count = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;) ran.out.append(buffer, count);
    const int status = ::pclose(pipe);
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ran.err = read_text(folder_ / "stderr");
    return ran;
  }

  TemporaryFolder folder_;
  ScopedVariable home_{"HOME", folder_ / "home"}, data_{"REEL_DATA", folder_ / "data"};
  ScopedVariable keras_{"KERAS_HOME", std::nullopt}, cache_{"XDG_CACHE_HOME", std::nullopt};
  ScopedVariable offline_{"REEL_OFFLINE", "1"};
};

}  // namespace reel::testing
