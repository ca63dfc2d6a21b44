// Text as a sequence of characters, each to be told from those before it.
#pragma once

#include <string>

#include "reel/models/zoo/zoo.h"

namespace reel {

/// Windows of "steps" characters of the text, i32 [n, steps], and the characters one further, i32 [n, steps]. Ids are
/// ranks of characters by frequency, `ZooData::words`, and 0 for what is none of those. The last tenth of the text is
/// for validation. The text is the file `options.path`, UTF-8, or the .txt files of a folder one after the other, or
/// else the licences that Debian has in /usr/share/common-licenses. Throws DataError for texts shorter than twenty
/// windows, and where there is none.
ZooData load_characters(const ZooDataOptions& options);

/// `text`, and what the model writes after it: "characters" of them, each drawn by its probability to the power of
/// "sharpness". The same for the same text.
std::string write_on(ZooTrained& trained, const std::string& text);

/// What it writes after a few words of the text.
std::string show_writing(const ZooData& data, ZooTrained& trained);

}  // namespace reel
