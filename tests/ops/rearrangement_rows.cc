// Rows of the functions of ops/movement.h.
#include <algorithm>
#include <array>

#include "ops/op_rows.h"
#include "reel/ops/movement.h"
#include "reel/ops/ops.h"

namespace reel::testing {
namespace {

using Index = std::vector<int64_t>;

/// y[index] = x[from(index)], an index for each axis.
Array indexed(const Array& x, const Index& dims, const std::function<Index(Index)>& from) {
  return move_elements(x, dims, [&](int64_t i) {
    Index index(dims.size());
    for (size_t axis = dims.size(); axis-- > 0; i /= dims[axis]) index[axis] = i % dims[axis];
    const Index source = from(index);
    int64_t at = 0;
    for (size_t axis = 0; axis < source.size(); ++axis) at = at * x.dims[axis] + source[axis];
    return at;
  });
}

Reference permuted(const std::vector<size_t>& axes) {
  return [axes](const Arrays& x) {
    Index dims;
    for (const size_t axis : axes) dims.push_back(x[0].dims[axis]);
    return indexed(x[0], dims, [&](const Index& index) {
      Index from(index.size());
      for (size_t i = 0; i < axes.size(); ++i) from[axes[i]] = index[i];
      return from;
    });
  };
}

void add_transposes(std::vector<OpRow>& table) {
  const auto row = [&](const char* name, Make make, std::vector<Sample> samples, const std::vector<size_t>& axes) {
    table.push_back({name, std::move(make), std::move(samples), permuted(axes)});
  };
  // Axes that stay together, lie in one piece on one side, on both, or on neither; more than a square.
  row("transpose",
      [](Vars x) {
        return transpose(x[0], {0, 2, 1});
      },
      {{{rows, 5, 7}}, {{rows, 17, 33}}, {{3, 1, 4}}, {{2, 4, 1}}}, {0, 2, 1});
  row("transpose",
      [](Vars x) {
        return transpose(x[0], {0, 2, 1, 3});
      },
      {{{rows, 3, 2, 5}}, {{2, 3, 4, 1}}}, {0, 2, 1, 3});
  row("transpose",
      [](Vars x) {
        return transpose(x[0], {0, 3, 1, 2});
      },
      {{{rows, 3, 2, 5}}, {{1, 3, 4, 2}}}, {0, 3, 1, 2});
  row("transpose", [](Vars x) { return transpose(x[0], {0, -1, 2, 1}); }, {{{rows, 3, 2, 18}}}, {0, 3, 2, 1});
  row("transpose",
      [](Vars x) {
        return transpose(x[0], {2, 0, 1});
      },
      {{{5, 3, 4}}, {{17, 1, 18}}, {{2, 2, 2}}}, {2, 0, 1});
  row("transpose", [](Vars x) { return transpose(x[0], {1, 0, 2}); }, {{{5, 3, 4}}, {{9, 2, 1}}}, {1, 0, 2});
  row("transpose",
      [](Vars x) {
        return transpose(x[0], {3, 4, 0, 5, 2, 1});
      },
      {{{2, 3, 2, 3, 2, 3}}}, {3, 4, 0, 5, 2, 1});
  row("transpose", [](Vars x) { return transpose(x[0]); }, {{{2, 3, 4}}}, {2, 1, 0});
  row("swapaxes", [](Vars x) { return swapaxes(x[0], 1, -1); }, {{{rows, 3, 2, 5}}, {{2, 3, 4, 5}}}, {0, 3, 2, 1});
  row("moveaxis", [](Vars x) { return moveaxis(x[0], 1, -1); }, {{{rows, 3, 2, 5}}}, {0, 2, 3, 1});
}

void add_shapes(std::vector<OpRow>& table) {
  const auto reshaped = [](auto change) {
    return [change](const Arrays& x) {
      Array y = x[0];
      change(y.dims);
      return y;
    };
  };
  table.push_back({"expand_dims",
                   [](Vars x) { return expand_dims(x[0], 1); },
                   {{{rows, 3}}, {{rows}}, {{2, 3}}},
                   reshaped([](Index& dims) { dims.insert(dims.begin() + 1, 1); })});
  table.push_back(
      {"expand_dims", [](Vars x) { return expand_dims(x[0], -1); }, {{{rows, 3}}, {{}}}, reshaped([](Index& dims) {
         dims.push_back(1);
       })});
  table.push_back(
      {"squeeze", [](Vars x) { return squeeze(x[0]); }, {{{rows, 1, 3, 1}}, {{1, 4}}, {{1}}}, reshaped([](Index& dims) {
         std::erase(dims, 1);
       })});
  table.push_back({"squeeze",
                   [](Vars x) {
                     return squeeze(x[0], {-1, 1});
                   },
                   {{{rows, 1, 3, 1}}},
                   reshaped([](Index& dims) { dims.erase(dims.begin() + 3), dims.erase(dims.begin() + 1); })});
  table.push_back({"stack",
                   [](Vars x) { return stack(x, -1); },
                   {{{rows, 3}, {rows, 3}}, {{4}, {4}}},
                   [](const Arrays& x) {
                     Index dims = x[0].dims;
                     dims.push_back(2);
                     Array y = Array::zeros(dims);
                     for (size_t i = 0; i < y.values.size(); ++i) y.values[i] = x[i % 2].values[i / 2];
                     return y;
                   }});
  table.push_back({"concatenate",
                   [](Vars x) { return concatenate(x, 0); },
                   {{{2, 3}, {1, 3}}, {{4}, {1}}},
                   [](const Arrays& x) {
                     Array y = x[0];
                     y.dims[0] += x[1].dims[0];
                     y.values.insert(y.values.end(), x[1].values.begin(), x[1].values.end());
                     return y;
                   }});
}

void add_copies(std::vector<OpRow>& table) {
  // Along the first axis of values that are no batch, and along others.
  table.push_back({"repeat",
                   [](Vars x) { return repeat(x[0], 3, 1); },
                   {{{rows, 2}}, {{rows, 2, 3, 2}}, {{4, 1}}},
                   [](const Arrays& x) {
                     Index dims = x[0].dims;
                     dims[1] *= 3;
                     return indexed(x[0], dims, [](Index index) { return index[1] /= 3, index; });
                   }});
  table.push_back({"repeat",
                   [](Vars x) { return repeat(x[0], 2, 0); },
                   {{{3}}, {{2, 3}}},
                   [](const Arrays& x) {
                     Index dims = x[0].dims;
                     dims[0] *= 2;
                     return indexed(x[0], dims, [](Index index) { return index[0] /= 2, index; });
                   }});
  table.push_back({"tile",
                   [](Vars x) {
                     return tile(x[0], {3, 2});
                   },
                   {{{rows, 2, 4}}, {{2, 3}}},
                   [](const Arrays& x) {
                     Index dims = x[0].dims;
                     const size_t last = dims.size() - 1;
                     dims[last - 1] *= 3, dims[last] *= 2;
                     return indexed(x[0], dims, [&](Index index) {
                       index[last - 1] %= x[0].dims[last - 1], index[last] %= x[0].dims[last];
                       return index;
                     });
                   }});
  table.push_back({"tile",
                   [](Vars x) {
                     return tile(x[0], {2, 3});
                   },
                   {{{4}}},
                   [](const Arrays& x) {
                     return indexed(x[0], {2, 12}, [](const Index& index) { return Index{index[1] % 4}; });
                   }});
  table.push_back({"flip",
                   [](Vars x) { return flip(x[0], -1); },
                   {{{rows, 5}}, {{rows, 2, 3}}, {{4}}},
                   [](const Arrays& x) {
                     return indexed(x[0], x[0].dims, [&](Index index) {
                       return index.back() = x[0].dims.back() - 1 - index.back(), index;
                     });
                   }});
  table.push_back({"flip",
                   [](Vars x) { return flip(x[0], 1); },
                   {{{rows, 5, 3}}, {{2, 2, 2, 2}}},
                   [](const Arrays& x) {
                     return indexed(x[0], x[0].dims,
                                    [&](Index index) { return index[1] = x[0].dims[1] - 1 - index[1], index; });
                   }});
  table.push_back({"roll",
                   [](Vars x) { return roll(x[0], 2, 1); },
                   {{{rows, 5}}, {{rows, 3, 2}}, {{2, 2}}},
                   [](const Arrays& x) {
                     const int64_t n = x[0].dims[1];
                     return indexed(x[0], x[0].dims,
                                    [&](Index index) { return index[1] = (index[1] + 2 * n - 2) % n, index; });
                   }});
  table.push_back({"diff",
                   [](Vars x) { return diff(x[0]); },
                   {{{rows, 5}}, {{rows, 3, 2}}, {{4}}},
                   [](const Arrays& x) {
                     Index dims = x[0].dims;
                     dims.back() -= 1;
                     Array y = indexed(x[0], dims, [](Index index) { return index.back() += 1, index; });
                     const Array before = indexed(x[0], dims, [](Index index) { return index; });
                     for (size_t i = 0; i < y.values.size(); ++i) y.values[i] -= before.values[i];
                     return y;
                   },
                   0.5});
}

/// x surrounded by sevens: {1, 2} along the last axis and {0, 1} along the one before.
Array padded(const Arrays& x) {
  Index dims = x[0].dims;
  const size_t last = dims.size() - 1;
  dims[last] += 3, dims[last - 1] += 1;
  Array with_value = x[0];
  with_value.values.push_back(7);
  const auto end = static_cast<int64_t>(x[0].values.size());
  return move_elements(with_value, dims, [&](int64_t i) {
    const int64_t column = i % dims[last] - 1, row = i / dims[last] % dims[last - 1],
                  outer = i / dims[last] / dims[last - 1];
    const bool is_inside = column >= 0 && column < x[0].dims[last] && row < x[0].dims[last - 1];
    return is_inside ? (outer * x[0].dims[last - 1] + row) * x[0].dims[last] + column : end;
  });
}

void add_indexed(std::vector<OpRow>& table) {
  table.push_back({"pad",
                   [](Vars x) {
                     std::vector<PadWidth> widths(static_cast<size_t>(x[0].shape().rank()));
                     widths[widths.size() - 2] = {0, 1}, widths.back() = {1, 2};
                     return pad(x[0], widths, 7);
                   },
                   {{{rows, 2, 3}}, {{rows, 2, 1, 4}}, {{2, 3}}},
                   padded});
  // Indices for all, for each row, for each outer place, for each inner one; negative ones are -1 to -4.
  OpRow takes{"take_along_axis",
              [](Vars x) { return take_along_axis(x[0], x[1] - 4, 1); },
              {{{rows, 4}, {rows, 3}},
               {{rows, 4, 3}, {rows, 6, 3}},
               {{rows, 4, 3}, {1, 2, 1}},
               {{rows, 4, 2, 3}, {rows, 5, 1, 1}},
               {{rows, 4, 2, 3}, {1, 5, 1, 3}},
               {{3, 4}, {1, 2}},
               {{1, 4}, {3, 2}}},
              [](const Arrays& x) {
                Index dims = x[0].dims;
                dims[0] = std::max(dims[0], x[1].dims[0]), dims[1] = x[1].dims[1];
                return indexed(x[0], dims, [&](Index index) {
                  const int64_t at = static_cast<int64_t>(x[1].values[source_of(x[1], dims, [&] {
                    int64_t flat = 0;
                    for (size_t i = 0; i < dims.size(); ++i) flat = flat * dims[i] + index[i];
                    return flat;
                  }())]);
                  if (x[0].dims[0] == 1) index[0] = 0;
                  return index[1] = at, index;
                });
              }};
  takes.ids = 1;
  takes.id_bound = 4;
  table.push_back(takes);
  OpRow last = takes;  // in the middle of more axes
  last.make = [](Vars x) { return moveaxis(take_along_axis(moveaxis(x[0], 1, 2), moveaxis(x[1], 1, 2), 2), 2, 1); };
  last.samples = {{{rows, 4, 2, 3}, {rows, 5, 2, 1}}, {{rows, 4, 2, 3}, {1, 5, 2, 3}}};
  table.push_back(last);
  OpRow adds{
      "add_along_axis",
      [](Vars x) { return add_along_axis(x[0], x[1], 1, 4); },
      {{{rows, 5}, {rows, 5}}, {{1, 5}, {rows, 5}}, {{rows, 2, 1}, {rows, 2, 3}}},
      [](const Arrays& x) {
        Index dims = x[1].dims;
        dims[1] = 4;
        Array y = Array::zeros(dims);
        y.scale.assign(y.values.size(), 0);
        const int64_t inner = x[1].product(2, x[1].rank()), m = x[1].dims[1];
        for (size_t i = 0; i < x[1].values.size(); ++i) {
          const auto at = static_cast<int64_t>(i), row = at / inner / m;
          const auto to = static_cast<size_t>(
              (row * 4 + static_cast<int64_t>(x[0].values[source_of(x[0], x[1].dims, at)])) * inner + at % inner);
          y.values[to] += x[1].values[i];
          y.scale[to] += std::abs(x[1].values[i]);
        }
        return y;
      },
      2};
  adds.ids = 0;
  adds.id_bound = 4;
  table.push_back(adds);
}

}  // namespace

void add_rearrangements(std::vector<OpRow>& table) {
  add_transposes(table);
  add_shapes(table);
  add_copies(table);
  add_indexed(table);
}

}  // namespace reel::testing
