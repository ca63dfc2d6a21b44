// Rows of ops/einsum.h, against sums over all values of all letters.
#include <map>

#include "ops/op_rows.h"
#include "reel/ops/einsum.h"

namespace reel::testing {
namespace {

/// The equation letter by letter: `terms` of the operands, and the result's, spelled out, without "...".
Reference summed(std::vector<std::string> terms, std::string result) {
  return [=](const Arrays& x) {
    std::map<char, int64_t> extents;
    for (size_t i = 0; i < x.size(); ++i) {
      for (size_t axis = 0; axis < terms[i].size(); ++axis) {
        int64_t& extent = extents.emplace(terms[i][axis], 1).first->second;
        extent = std::max(extent, x[i].dims[axis]);
      }
    }
    std::string letters;
    std::vector<int64_t> all, dims;
    for (const auto& [letter, extent] : extents) letters += letter, all.push_back(extent);
    for (const char letter : result) dims.push_back(extents[letter]);
    const auto place = [&](const std::string& term, const std::vector<int64_t>& of, const std::vector<int64_t>& index) {
      int64_t at = 0;
      for (size_t axis = 0; axis < term.size(); ++axis)
        at = at * of[axis] + (of[axis] == 1 ? 0 : index[letters.find(term[axis])]);
      return static_cast<size_t>(at);
    };
    Array y = Array::zeros(dims);
    y.scale.assign(y.values.size(), 0);
    for (int64_t i = 0; i < Array::count(all); ++i) {
      std::vector<int64_t> index(all.size());
      for (size_t axis = all.size(), rest = static_cast<size_t>(i); axis-- > 0;) {
        index[axis] = static_cast<int64_t>(rest) % all[axis];
        rest /= static_cast<size_t>(all[axis]);
      }
      double product = 1;
      for (size_t k = 0; k < x.size(); ++k) product *= x[k].values[place(terms[k], x[k].dims, index)];
      y.values[place(result, dims, index)] += product;
      y.scale[place(result, dims, index)] += std::abs(product);
    }
    return y;
  };
}

}  // namespace

void add_einsum(std::vector<OpRow>& table) {
  const auto row = [&](const char* equation, std::vector<Sample> samples, std::vector<std::string> terms,
                       std::string result) {
    table.push_back({"einsum", [=](Vars x) { return einsum(equation, x); }, std::move(samples),
                     summed(std::move(terms), std::move(result)), 4});
  };
  // Keras's EinsumDense and MultiHeadAttention.
  row("abc,cde->abde", {{{rows, 3, 4}, {4, 2, 5}}}, {"abc", "cde"}, "abde");
  row("aecd,abcd->acbe", {{{rows, 3, 2, 4}, {rows, 5, 2, 4}}}, {"aecd", "abcd"}, "acbe");
  row("acbe,aecd->abcd", {{{rows, 2, 5, 3}, {rows, 3, 2, 4}}}, {"acbe", "aecd"}, "abcd");
  row("abcd,cde->abe", {{{rows, 3, 2, 4}, {2, 4, 5}}}, {"abcd", "cde"}, "abe");
  row("...x,xy->...y", {{{rows, 3, 4}, {4, 5}}}, {"abx", "xy"}, "aby");
  row("...x, xy -> ...y", {{{rows, 4}, {4, 5}}, {{3, 4}, {4, 5}}}, {"ax", "xy"}, "ay");
  row("ab,bc->ac", {{{rows, 4}, {4, 5}}, {{3, 4}, {4, 5}}}, {"ab", "bc"}, "ac");
  row("ab,cb->ac", {{{rows, 4}, {5, 4}}, {{3, 4}, {5, 4}}}, {"ab", "cb"}, "ac");
  row("bc,ab->ac", {{{4, 5}, {rows, 4}}}, {"bc", "ab"}, "ac");
  // The batch in both, in one of them; sums over it.
  row("abc,acd->abd", {{{rows, 3, 4}, {rows, 4, 2}}, {{2, 3, 4}, {2, 4, 2}}}, {"abc", "acd"}, "abd");
  row("abc,abd->acd", {{{rows, 3, 4}, {rows, 3, 2}}}, {"abc", "abd"}, "acd");
  row("abc,abd->adc", {{{rows, 3, 4}, {rows, 3, 2}}}, {"abc", "abd"}, "adc");
  row("abc,bcd->abd", {{{rows, 3, 4}, {3, 4, 2}}}, {"abc", "bcd"}, "abd");
  row("ab,ac->bc", {{{rows, 3}, {rows, 4}}, {{5, 3}, {5, 4}}}, {"ab", "ac"}, "bc");
  row("abc,abd->cd", {{{rows, 3, 4}, {rows, 3, 2}}}, {"abc", "abd"}, "cd");
  row("abc,abd->bcd", {{{rows, 3, 4}, {rows, 3, 2}}}, {"abc", "abd"}, "bcd");
  row("abc,ac->b", {{{rows, 3, 4}, {rows, 4}}}, {"abc", "ac"}, "b");
  // Elementwise, outer, inner, and sums alone.
  row("ab,ab->ab", {{{rows, 3}, {rows, 3}}}, {"ab", "ab"}, "ab");
  row("ab,ab->a", {{{rows, 3}, {rows, 3}}}, {"ab", "ab"}, "a");
  row("ab,ac->abc", {{{rows, 3}, {rows, 4}}}, {"ab", "ac"}, "abc");
  row("a,b->ab", {{{3}, {4}}, {{rows}, {4}}}, {"a", "b"}, "ab");
  row("a,a->", {{{rows}, {rows}}, {{5}, {5}}}, {"a", "a"}, "");
  row("ab,->ab", {{{rows, 3}, {}}}, {"ab", ""}, "ab");
  row("abc,acde->ade", {{{rows, 3, 4}, {rows, 4, 2, 3}}}, {"abc", "acde"}, "ade");
  row("abcd->adcb", {{{rows, 2, 3, 4}}}, {"abcd"}, "adcb");
  row("abc->ac", {{{rows, 2, 3}}, {{2, 3, 4}}}, {"abc"}, "ac");
  row("abc->b", {{{rows, 2, 3}}}, {"abc"}, "b");
  row("ba", {{{2, 3}}}, {"ba"}, "ab");
  row("ab,bc", {{{rows, 4}, {4, 5}}}, {"ab", "bc"}, "ac");
  // Axes of extent 1, and "..." of fewer axes, broadcast.
  row("...ab,...bc->...ac", {{{rows, 2, 3, 4}, {4, 2}}}, {"xyab", "bc"}, "xyac");
  row("...ab,...bc->...ac", {{{rows, 2, 3, 4}, {1, 2, 4, 5}}}, {"xyab", "xybc"}, "xyac");
}

}  // namespace reel::testing
