// Reads: tools/arguments.cc
#include "tools/arguments.h"

#include "fuzz.h"
#include "reel/models/formats/bytes.h"

namespace reel::fuzz {

/// An argument a line.
void read(std::span<const std::byte> input) {
  static const cli::Syntax syntax{.command = "train",
                                  .words = {"MODEL"},
                                  .about = "Trains.",
                                  .options = {{"epochs", "N", "how long"},
                                              {"data", "PATH", "of what"},
                                              {"without", "PASS", "left out"},
                                              {"verbose", "", "says more"}}};
  std::vector<std::string> lines;
  for (std::string_view rest = text_of(input); !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const std::vector<std::string> repeatable{"without"};
  const cli::Arguments arguments(syntax, lines, repeatable);
  require(arguments.command() == syntax.command, "another command");
  arguments.word(0);
  require(arguments.texts("data").size() <= 1, "an option given twice");
  const int64_t epochs = arguments.number("epochs", 1, 1000, 5);
  require(epochs >= 1 && epochs <= 1000, "a number outside its bounds");
  for (const std::string& pass : arguments.texts("without")) cli::did_you_mean(pass, lines);
  require(help_text(syntax).find("--epochs") != std::string::npos, "help without an option");
}

}  // namespace reel::fuzz
