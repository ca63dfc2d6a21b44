// reel-zoo while it runs: what it prints is read little by little, and signals are sent to it.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <string>

#include "tools/zoo_program.h"

namespace reel::testing {

class RunningZoo {
 public:
  /// Starts it in the folder; `before`: what a shell does first. With `unread`, nobody ever reads its standard output.
  RunningZoo(const ZooFolder& folder, const std::string& arguments, const std::string& before = "", bool unread = false)
      : errors_(folder / "stderr") {
    write_text(folder / "stdin", "");
    write_text(errors_, "");
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for the test");
    output_ = ends[0];
    if (unread) close_output();
    std::string command = "cd " + quoted(folder / "") + " && " + before + " exec " +
                          quoted(REEL_BINARY_DIR "/reel-zoo") + " <stdin 2>stderr " + arguments;
    std::array<char*, 4> words{const_cast<char*>("sh"), const_cast<char*>("-c"), command.data(), nullptr};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const int error = ::posix_spawn(&pid_, "/bin/sh", &actions, nullptr, words.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (error != 0) throw std::runtime_error("cannot run " + command);
  }
  ~RunningZoo() {
    close_output();
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  RunningZoo(const RunningZoo&) = delete;
  RunningZoo& operator=(const RunningZoo&) = delete;

  /// Reads until it has printed `text`; false if it ends before.
  bool prints(const std::string& text) {
    while (ran_.out.find(text) == std::string::npos) {
      if (!read_more()) return false;
    }
    return true;
  }
  /// Waits until it has complained of `text`.
  void complains(const std::string& text) const {
    while (read_text(errors_).find(text) == std::string::npos) ::usleep(1000);
  }
  void send(int signal) const { ::kill(pid_, signal); }
  void close_output() {
    if (output_ >= 0) ::close(output_);
    output_ = -1;
  }
  /// What came of it, once it has ended; the code is negative if it was a signal that ended it.
  Ran end() {
    while (read_more()) continue;
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    ran_.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    ran_.err = read_text(errors_);
    return ran_;
  }

 private:
  bool read_more() {
    char buffer[4096];
    const ssize_t count = output_ >= 0 ? ::read(output_, buffer, sizeof(buffer)) : 0;
    if (count > 0) ran_.out.append(buffer, static_cast<size_t>(count));
    return count > 0;
  }

  std::string errors_;
  int output_ = -1;
  pid_t pid_ = 0;
  Ran ran_;
};

}  // namespace reel::testing
