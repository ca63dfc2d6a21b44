#include "reel/ops/einsum.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string>
#include <vector>

#include "reel/graph/error.h"
#include "reel/ops/axes.h"
#include "reel/ops/batched_matmul.h"
#include "reel/ops/movement.h"
#include "reel/ops/ops.h"
#include "reel/ops/reductions.h"

namespace reel {
namespace {

using Letters = std::string;

bool has(const Letters& letters, char letter) { return letters.find(letter) != Letters::npos; }
/// Those of `letters` that `wanted` says yes to, in their order.
template <class F>
Letters those(const Letters& letters, F&& wanted) {
  Letters made;
  std::ranges::copy_if(letters, std::back_inserter(made), wanted);
  return made;
}

/// A value with a letter for each of its axes.
struct Lettered {
  Var x;
  Letters letters;

  int axis(char letter) const { return static_cast<int>(letters.find(letter)); }
  bool has_rows() const { return x.shape().has_rows(); }
};

/// The equation, its operands, and the letters of its result. Axes that "..." stands for have digits, '0' the last.
class Equation {
 public:
  Equation(std::string_view text, std::span<const Var> operands) : text_(text) {
    for (const Var& x : operands) {
      if (!x) throw Error("einsum: got an empty Var");
      shapes_ += (shapes_.empty() ? "" : " and ") + x.type().str();
    }
    Letters terms = those(text_, [](char c) { return c != ' '; });
    const size_t arrow = terms.find("->");
    const bool is_told = arrow != Letters::npos;
    const Letters result = is_told ? terms.substr(arrow + 2) : Letters();
    if (is_told) terms.resize(arrow);
    for (const Var& x : operands) {
      const size_t comma = terms.find(',');
      if ((comma == Letters::npos) != (&x == &operands.back())) fail("the operands are not as many as their letters");
      operands_.push_back({x, spelled(terms.substr(0, comma), x.shape().rank())});
      terms = comma == Letters::npos ? Letters() : terms.substr(comma + 1);
    }
    result_ = is_told ? spelled(result, -1) : letters_that_stand_once();
    check_result();
    take_extents();
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw ShapeError(fmt::format("einsum \"{}\": {}, got {}", text_, what, shapes_));
  }

  std::vector<Lettered>& operands() { return operands_; }
  const Letters& result() const { return result_; }
  int64_t extent(char letter) const { return extents_.at(letter); }
  /// Their extents, `rows` for symbolic rows, which come first.
  std::vector<int64_t> extents(const Letters& letters) const {
    std::vector<int64_t> dims;
    for (const char letter : letters) dims.push_back(extent(letter));
    return dims;
  }
  int64_t size(const Letters& letters) const {
    int64_t n = 1;
    for (const char letter : letters) n *= extent(letter);
    return n;
  }

 private:
  /// The term with digits for "...", of which an operand of that rank needs as many as it has axes left; the result has
  /// the most that an operand has.
  Letters spelled(const Letters& term, int rank) {
    const size_t dots = term.find("...");
    Letters letters = term;
    const Letters plain = dots == Letters::npos ? term : term.substr(0, dots) + term.substr(dots + 3);
    if (!std::ranges::all_of(plain, [](unsigned char c) { return std::isalpha(c) != 0; }))
      fail("expected letters and one \"...\"");
    if (dots != Letters::npos) {
      const int more = rank < 0 ? most_dotted_ : rank - static_cast<int>(term.size() - 3);
      if (more < 0) fail("an operand has fewer axes than letters");
      most_dotted_ = std::max(most_dotted_, more);
      Letters digits;
      for (int i = more; i-- > 0;) digits += static_cast<char>('0' + i);
      letters.replace(dots, 3, digits);
    }
    for (const char letter : letters) {
      if (std::ranges::count(letters, letter) > 1) fail("a letter stands twice in one operand, or in the result");
    }
    if (rank >= 0 && letters.size() != static_cast<size_t>(rank)) fail("an operand has not as many axes as letters");
    return letters;
  }

  Letters letters_that_stand_once() const {
    Letters all, dotted;
    for (const Lettered& operand : operands_) all += operand.letters;
    Letters once = those(
        all, [&](char c) { return std::isalpha(static_cast<unsigned char>(c)) && std::ranges::count(all, c) == 1; });
    std::ranges::sort(once);
    for (int i = most_dotted_; i-- > 0;) dotted += static_cast<char>('0' + i);
    return dotted + once;
  }

  void check_result() const {
    for (const char letter : result_) {
      const auto names = [&](const Lettered& operand) { return has(operand.letters, letter); };
      if (std::ranges::none_of(operands_, names)) fail("the result has a letter that no operand has");
    }
  }

  /// An axis of extent 1 beside a longer one goes: it stands for each of its elements.
  void take_extents() {
    for (const Lettered& operand : operands_) {
      for (const char letter : operand.letters) {
        const int64_t own = operand.x.shape()[operand.axis(letter)];
        int64_t& extent = extents_.emplace(letter, own).first->second;
        if (extent != 1 && own != 1 && extent != own) fail(fmt::format("axis '{}' has two extents", letter));
        if (extent == 1) extent = own;
      }
    }
    for (Lettered& operand : operands_) {
      for (const char letter : Letters(operand.letters)) {
        if (operand.x.shape()[operand.axis(letter)] == extent(letter)) continue;
        operand.x = squeeze(operand.x, operand.axis(letter));
        std::erase(operand.letters, letter);
      }
    }
  }

  std::string text_, shapes_;
  std::vector<Lettered> operands_;
  Letters result_;
  std::map<char, int64_t> extents_;
  int most_dotted_ = 0;
};

Var in_order(const Lettered& operand, const Letters& order) {
  std::vector<int> axes;
  for (const char letter : order) axes.push_back(operand.axis(letter));
  return transpose(operand.x, axes);
}

/// Without the letters that neither the result nor the other operand has.
void sum_what_is_alone(Lettered& operand, const Letters& others) {
  std::vector<int> axes;
  for (const char letter : operand.letters) {
    if (!has(others, letter)) axes.push_back(operand.axis(letter));
  }
  if (axes.empty()) return;
  operand.x = sum(operand.x, axes);
  std::erase_if(operand.letters, [&](char letter) { return !has(others, letter); });
}

/// The letters of two operands by what becomes of them.
struct Groups {
  Letters row;    ///< the symbolic rows, if they are not of the second operand alone
  Letters batch;  ///< what both and the result have
  Letters left, right;
  Letters inner;  ///< what is summed over
};

/// A product of two operands, the second of which has no symbolic rows unless the first has them under the same letter.
class Product {
 public:
  Product(const Equation& equation, const Lettered& a, const Lettered& b, const Letters& result)
      : equation_(equation), a_(a), b_(b) {
    const char row = a.has_rows() ? a.letters[0] : '\0';
    if (row != '\0') groups_.row = Letters(1, row);
    const auto is_other = [&](char c) { return c != row; };
    groups_.batch = those(result, [&](char c) { return is_other(c) && has(a.letters, c) && has(b.letters, c); });
    groups_.left = those(result, [&](char c) { return is_other(c) && has(a.letters, c) && !has(b.letters, c); });
    groups_.right = those(result, [&](char c) { return is_other(c) && !has(a.letters, c) && has(b.letters, c); });
    groups_.inner = those(a.letters, [&](char c) { return is_other(c) && !has(result, c); });
  }

  Lettered run() {
    Lettered y{made(), groups_.row + groups_.batch + groups_.left + groups_.right};
    y.x = reshape(y.x, Shape(equation_.extents(y.letters)));
    return y;
  }

  /// The sum over the rows, too, where they are no more than another letter to sum over.
  bool can_sum_rows() const { return groups_.batch.empty() && b_.has_rows(); }
  Lettered summed_over_rows() {
    Lettered y{matmul_tn(arranged(a_, groups_.inner, groups_.left), arranged(b_, groups_.inner, groups_.right)),
               groups_.left + groups_.right};
    y.x = reshape(y.x, Shape(equation_.extents(y.letters)));
    return y;
  }

 private:
  /// [rows, batch, first, second], without the rows if the operand lacks them, and without a batch if there is none.
  Var arranged(const Lettered& x, const Letters& first, const Letters& second) const {
    const Letters row = x.has_rows() ? groups_.row : Letters();
    std::vector<int64_t> dims = equation_.extents(row);
    if (!groups_.batch.empty()) dims.push_back(equation_.size(groups_.batch));
    dims.push_back(equation_.size(first));
    dims.push_back(equation_.size(second));
    return reshape(in_order(x, row + groups_.batch + first + second), Shape(dims));
  }
  /// Whether the operand lies in that order as it is.
  bool lies(const Lettered& x, const Letters& first, const Letters& second) const {
    return x.letters == (x.has_rows() ? groups_.row : Letters()) + groups_.batch + first + second;
  }

  Var made() const {
    const auto& [row, batch, left, right, inner] = groups_;
    if (inner.empty()) return arranged(a_, left, "") * arranged(b_, "", right);
    if (left.empty() && right.empty() && a_.has_rows() == b_.has_rows())
      return sum(arranged(a_, "", inner) * arranged(b_, "", inner), -1);
    const bool nt = !lies(b_, inner, right) && lies(b_, right, inner);
    const Var b = nt ? arranged(b_, right, inner) : arranged(b_, inner, right);
    if (b.shape().rank() == 2)
      return nt ? matmul_nt(arranged(a_, left, inner), b) : matmul(arranged(a_, left, inner), b);
    const bool tn = !lies(a_, left, inner) && lies(a_, inner, left);
    return batched_matmul(tn ? arranged(a_, inner, left) : arranged(a_, left, inner), b, {.a = tn, .b = nt});
  }

  const Equation& equation_;
  const Lettered &a_, &b_;
  Groups groups_;
};

Lettered product_of(const Equation& equation, Lettered a, Lettered b) {
  if (a.has_rows() && b.has_rows() && a.letters[0] != b.letters[0])
    equation.fail("the rows of the batch have two letters");
  const Letters& result = equation.result();
  // The letters of the second operand come last in a product.
  const bool has_last = !result.empty() && has(a.letters, result.back()) && !has(b.letters, result.back());
  if (a.has_rows() == b.has_rows() ? has_last : b.has_rows()) std::swap(a, b);
  Product product(equation, a, b, result);
  if (!a.has_rows() || has(result, a.letters[0])) return product.run();
  if (product.can_sum_rows()) return product.summed_over_rows();
  Lettered y = product.run();
  return {sum_rows(y.x), y.letters.substr(1)};
}

}  // namespace

Var einsum(std::string_view text, std::span<const Var> operands) {
  if (operands.empty() || operands.size() > 2)
    throw ShapeError(fmt::format("einsum \"{}\": takes one or two operands, got {}", text, operands.size()));
  Equation equation(text, operands);
  std::vector<Lettered>& x = equation.operands();
  const Letters& result = equation.result();
  for (size_t i = 0; i < x.size(); ++i) sum_what_is_alone(x[i], result + (x.size() > 1 ? x[1 - i].letters : ""));
  const Lettered y = x.size() == 1 ? x[0] : product_of(equation, x[0], x[1]);
  if (y.has_rows() && y.letters[0] != result[0]) equation.fail("the rows of the batch are axis 0 of the result");
  return in_order(y, result);
}

}  // namespace reel
