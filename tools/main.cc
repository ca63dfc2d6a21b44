// reel-zoo: trains, tries, measures and shows the models of the zoo.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "reel/version.h"
#include "tools/commands.h"
#include "tools/output.h"

namespace reel::cli {
namespace {

constexpr int kFailed = 2;

std::vector<Command> commands() {
  return {list_command(),    train_command(), predict_command(), convert_command(),
          summary_command(), graph_command(), bench_command(),   profile_command()};
}

bool is_help(const std::string& argument) { return argument == "--help" || argument == "-h"; }

void print_overview() {
  say("reel-zoo COMMAND ... - models that are ready to train\n\nCommands:\n");
  for (const Command& command : commands()) {
    std::string usage = command.syntax.command;
    for (const std::string& word : command.syntax.words) usage += " " + word;
    say("  {:16} {}\n", usage, command.summary);
  }
  say("\n\"reel-zoo COMMAND --help\" tells more, \"reel-zoo --version\" which version this is. For a start:\n"
      "reel-zoo train simple_rnn\n"
      "Exit code: 0, or {} after one line that says what is wrong, or, where something ended training early, {} for\n"
      "Ctrl-C, {} for SIGTERM, {} for SIGHUP; {} where nobody reads standard output to its end.\n",
      kFailed, signal_exit_code(SIGINT), signal_exit_code(SIGTERM), signal_exit_code(SIGHUP),
      signal_exit_code(SIGPIPE));
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw UsageError("no command given; \"reel-zoo --help\" lists them");
  if (is_help(arguments[0]) || arguments[0] == "help") {
    print_overview();
    return 0;
  }
  if (arguments[0] == "--version") {
    say("reel-zoo {}\n", version());
    return 0;
  }
  std::vector<std::string> known;
  for (const Command& command : commands()) {
    known.push_back(command.syntax.command);
    if (command.syntax.command != arguments[0]) continue;
    const std::span<const std::string> rest = std::span(arguments).subspan(1);
    for (const std::string& argument : rest) {
      if (!is_help(argument)) continue;
      say("{}", help_text(command.syntax));
      return 0;
    }
    return command.run(Arguments(command.syntax, rest, command.repeatable));
  }
  const std::string hint = did_you_mean(arguments[0], known);
  throw UsageError(fmt::format("there is no command \"{}\"{}", excerpt(arguments[0]),
                               hint.empty() ? "; \"reel-zoo --help\" lists them" : hint));
}

int run_and_report(const std::vector<std::string>& arguments) {
  int code = 0;
  try {
    code = run(arguments);
    flush_output();
    return code;
  } catch (const ClosedOutput&) {
    return code != 0 ? code : signal_exit_code(SIGPIPE);
  } catch (const std::exception& error) {
    const std::string message = message_of(error);
    push_out(stdout);
    say(stderr, "reel-zoo: {}\n", message);
    return kFailed;
  }
}

}  // namespace
}  // namespace reel::cli

int main(int argc, char** argv) {
  reel::cli::prepare_standard_streams();
  return reel::cli::run_and_report({argv + (argc > 0 ? 1 : 0), argv + argc});
}
