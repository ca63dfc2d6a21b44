#include "reel/models/model/summary.h"

#include <catch2/catch.hpp>

#include "reel/models/layers/core.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/model/sequential.h"

namespace reel {
namespace {

TEST_CASE("summary is Keras's table", "[summary]") {
  const Sequential model({Embedding(5000, 32, {.input_length = 500}), SimpleRNN(128), Dense(1, {.name = "verdict"})},
                         {.name = "reviews"});
  CHECK(model.summary() ==
        "Model: \"reviews\"\n"
        "┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓\n"
        "┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃\n"
        "┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩\n"
        "│ embedding (Embedding)           │ (None, 500, 32)        │       160,000 │\n"
        "├─────────────────────────────────┼────────────────────────┼───────────────┤\n"
        "│ simple_rnn (SimpleRNN)          │ (None, 128)            │        20,608 │\n"
        "├─────────────────────────────────┼────────────────────────┼───────────────┤\n"
        "│ verdict (Dense)                 │ (None, 1)              │           129 │\n"
        "└─────────────────────────────────┴────────────────────────┴───────────────┘\n"
        " Total params: 180,737 (706.00 KB)\n"
        " Trainable params: 180,737 (706.00 KB)\n"
        " Non-trainable params: 0 (0.00 B)\n");
}

TEST_CASE("summary leaves out inputs, cuts long names, and says what is not built", "[summary]") {
  const Sequential unbuilt({Dense(3), Dense(2)});
  CHECK_THAT(unbuilt.summary(), Catch::Contains("dense_1 (Dense)") && Catch::Contains("0 (unbuilt)"));
  const Sequential model({Input({4}), Dense(2, {.name = "a_name_that_is_longer_than_its_column"})});
  CHECK_THAT(model.summary(),
             !Catch::Contains("InputLayer") && Catch::Contains("│ a_name_that_is_longer_than_its… │ (None, 2) "));
  CHECK(model.parameter_count() == 10);
}

TEST_CASE("summary marks what it cuts, between characters, and shows names as they can be seen", "[summary]") {
  const auto first_row = [](const std::string& name) {
    const std::string text = Sequential({Input({4}), Dense(2, {.name = name})}, {.name = "m"}).summary();
    const size_t begin = text.find("│ ");
    return text.substr(begin, text.find("│ (None", begin) - begin);
  };
  CHECK(first_row(std::string(23, 'a')) == "│ aaaaaaaaaaaaaaaaaaaaaaa (Dense) ");  // fills its column
  CHECK(first_row(std::string(24, 'a')) == "│ aaaaaaaaaaaaaaaaaaaaaaaa (Dens… ");
  std::string umlauts;
  for (int i = 0; i < 30; ++i) umlauts += "ä";
  CHECK(first_row(umlauts + "ää") == "│ " + umlauts + "… ");
  CHECK(first_row("a\x1b[2J\n") == "│ a\\x1b[2J\\n (Dense)              ");
  const Sequential wide({Input({1000, 1000, 1000, 1000}), Dense(1)});
  CHECK_THAT(wide.summary(), Catch::Contains("│ (None, 1000, 1000, 10… │"));
}

TEST_CASE("sizes as Keras prints them", "[summary]") {
  CHECK(format_size(0) == "0.00 B");
  CHECK(format_size(1023) == "1023.00 B");
  CHECK(format_size(1024) == "1.00 KB");
  CHECK(format_size(3 * 1024 * 1024 / 2) == "1.50 MB");
}

}  // namespace
}  // namespace reel
