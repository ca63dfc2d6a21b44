#include "reel/models/layer/layer_names.h"

#include <catch2/catch.hpp>

namespace reel {
namespace {

TEST_CASE("layers are named after their class as Keras names them", "[layers]") {
  struct Case {
    const char *class_name, *name;
  };
  // By Python's re.sub, with the three patterns of Keras's to_snake_case.
  const Case cases[] = {
      {"Dense", "dense"},
      {"SimpleRNN", "simple_rnn"},
      {"LSTM", "lstm"},
      {"GRUCell", "gru_cell"},
      {"Conv1D", "conv1d"},
      {"MaxPooling2D", "max_pooling2d"},
      {"Conv2DTranspose", "conv2d_transpose"},
      {"GlobalAveragePooling3D", "global_average_pooling3d"},
      {"RMSNormalization", "rms_normalization"},
      {"TFSMLayer", "tfsm_layer"},
      {"SeparableConv1D", "separable_conv1d"},
      {"ConvLSTM2D", "conv_lstm2d"},
      {"PReLU", "p_re_lu"},
      {"Layer2Norm", "layer2_norm"},
      {"A", "a"},
      {"ABcDe", "a_bc_de"},
      {"my_Layer", "my__layer"},
      {"_Private", "__private"},
      {"My-Layer", "my_layer"},
      {"ns::Dense", "ns_dense"},
      {"X1Y2Zed", "x1y2_zed"},
      {"HTTPServer2Go", "http_server2_go"},
      {"Conv1x1", "conv1x1"},
  };
  for (const auto& [class_name, name] : cases) CHECK(snake_case(class_name) == name);
}

}  // namespace
}  // namespace reel
