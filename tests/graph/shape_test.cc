#include "reel/graph/shape.h"

#include <catch2/catch.hpp>
#include <climits>

#include "reel/graph/error.h"

namespace reel {
namespace {

const Shape kMatrix{3, 4};

TEST_CASE("shape: axes are replaced, dropped and inserted", "[shape]") {
  CHECK(kMatrix.with_axis(1, 7) == Shape{3, 7});
  CHECK(kMatrix.with_lead(rows) == Shape{rows, 4});
  CHECK(kMatrix.without_axis(0) == Shape{4});
  CHECK(kMatrix.with_inserted(0, 9) == Shape{9, 3, 4});
  CHECK(kMatrix.with_inserted(2, 9) == Shape{3, 4, 9});
  CHECK(kMatrix.back() == 4);
  CHECK(kMatrix.product(0, 2) == 12);
  CHECK(kMatrix.product(2, 2) == 1);
  CHECK(Shape{}.row_size() == 1);
  CHECK(Shape{}.size() == 1);
}

TEST_CASE("shape: an axis that is not there is refused", "[shape]") {
  for (const int axis : {-1, 2, 5, 6, INT_MAX, INT_MIN}) {
    CAPTURE(axis);
    CHECK_THROWS_WITH(kMatrix[axis], "shape: [3, 4] has no axis " + std::to_string(axis));
    CHECK_THROWS_AS(kMatrix.with_axis(axis, 1), ShapeError);
    CHECK_THROWS_AS(kMatrix.without_axis(axis), ShapeError);
    if (axis != 2) CHECK_THROWS_AS(kMatrix.with_inserted(axis, 1), ShapeError);
  }
  CHECK_THROWS_WITH(Shape{}.back(), "shape: [] has no axis -1");
  CHECK_THROWS_AS(Shape{}.with_lead(1), ShapeError);
  CHECK_THROWS_AS(kMatrix.product(0, 3), ShapeError);
  CHECK_THROWS_AS(kMatrix.product(-1, 2), ShapeError);
  CHECK_THROWS_AS(kMatrix.product(INT_MIN, INT_MAX), ShapeError);
}

TEST_CASE("shape: extents that make no shape are refused wherever they come from", "[shape]") {
  CHECK_THROWS_AS(kMatrix.with_axis(1, rows), ShapeError);
  CHECK_THROWS_AS(kMatrix.with_axis(0, -2), ShapeError);
  CHECK_THROWS_AS(kMatrix.with_lead(INT64_MAX), ShapeError);
  CHECK_THROWS_AS(kMatrix.with_inserted(1, INT64_MAX), ShapeError);
  CHECK_THROWS_AS((Shape{1, 1, 1, 1, 1, 1}.with_inserted(0, 1)), ShapeError);
}

}  // namespace
}  // namespace reel
