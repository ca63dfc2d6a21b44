#include "reel/models/formats/json_cost.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "reel/graph/error.h"

namespace reel {
namespace {

using nlohmann::json;

/// Follows the parser. Sizes are those of the GNU library, an allocation's own 16 bytes included.
class Cost {
 public:
  Cost(std::string_view source, MemoryBudget& budget) : source_(source), budget_(budget) {}

  bool null() { return value(0); }
  bool boolean(bool) { return value(0); }
  bool number_integer(json::number_integer_t) { return value(0); }
  bool number_unsigned(json::number_unsigned_t) { return value(0); }
  bool number_float(json::number_float_t, const std::string&) { return value(0); }
  bool string(const std::string& text) { return value(kAllocation + text_size(text)); }
  bool binary(const json::binary_t&) { return value(0); }
  bool start_object(size_t) { return open(kAllocation + sizeof(json::object_t)); }
  bool start_array(size_t) { return open(kAllocation + sizeof(json::array_t)); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(const std::string& text) {
    constexpr size_t kLinks = 32;  // of a node of a map
    budget_.take(kAllocation + kLinks + text_size(text));
    return true;
  }
  bool parse_error(size_t, const std::string&, const json::exception&) { return false; }

 private:
  static constexpr size_t kAllocation = 16;
  static constexpr int kMostLevels = 64;

  static size_t text_size(const std::string& text) { return sizeof(std::string) + kAllocation + text.size(); }

  /// An array that grows has its values twice, in room for twice as many.
  bool value(size_t beyond) {
    budget_.take(3 * sizeof(json) + beyond);
    return true;
  }

  bool open(size_t bytes) {
    if (++levels_ > kMostLevels) {
      throw DataError(fmt::format("{}: JSON of more than {} levels, expected few", source_, kMostLevels));
    }
    return value(bytes);
  }

  bool close() {
    --levels_;
    return true;
  }

  std::string_view source_;
  MemoryBudget& budget_;
  int levels_ = 0;
};

}  // namespace

void check_json_cost(std::string_view text, std::string_view source, MemoryBudget& budget) {
  Cost cost(source, budget);
  json::sax_parse(text, &cost);
}

}  // namespace reel
