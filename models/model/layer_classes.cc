#include "reel/models/model/layer_classes.h"

#include "reel/models/describe/json.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/gru.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/masking.h"
#include "reel/models/layers/merging.h"
#include "reel/models/layers/normalization.h"
#include "reel/models/layers/regularization.h"
#include "reel/models/layers/reshaping.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/layers/wrappers.h"
#include "reel/models/model/model.h"
#include "reel/models/model/model_config.h"

namespace reel {
namespace {

/// What arguments without a default are before they are read.
constexpr int64_t kOne = 1;

constexpr Maker<LayerPtr> kLayers[] = {
    {{"Activation"}, [] { return LayerPtr(ActivationLayer(linear)); }},
    {{"ActivityRegularization"}, [] { return LayerPtr(ActivityRegularization()); }},
    {{"Add"}, [] { return LayerPtr(Add()); }},
    {{"Average"}, [] { return LayerPtr(Average()); }},
    {{"BatchNormalization"}, [] { return LayerPtr(BatchNormalization()); }},
    {{"Bidirectional"}, [] { return LayerPtr(Bidirectional()); }},
    {{"Concatenate"}, [] { return LayerPtr(Concatenate()); }},
    {{"Dense"}, [] { return LayerPtr(Dense(kOne)); }},
    {{"Dropout"}, [] { return LayerPtr(Dropout(0)); }},
    {{"Embedding"}, [] { return LayerPtr(Embedding(kOne, kOne)); }},
    {{"Flatten"}, [] { return LayerPtr(Flatten()); }},
    {{"Functional", "Model"}, [] { return read_model(false); }},
    {{"GaussianNoise"}, [] { return LayerPtr(GaussianNoise(0)); }},
    {{"GRU"}, [] { return LayerPtr(GRU(kOne)); }},
    {{"GRUCell"}, [] { return LayerPtr(GRUCell(kOne)); }},
    {{"InputLayer"}, [] { return LayerPtr(Input({})); }},
    {{"LSTM"}, [] { return LayerPtr(LSTM(kOne)); }},
    {{"LSTMCell"}, [] { return LayerPtr(LSTMCell(kOne)); }},
    {{"Masking"}, [] { return LayerPtr(Masking()); }},
    {{"Maximum"}, [] { return LayerPtr(Maximum()); }},
    {{"Minimum"}, [] { return LayerPtr(Minimum()); }},
    {{"Multiply"}, [] { return LayerPtr(Multiply()); }},
    {{"RepeatVector"}, [] { return LayerPtr(RepeatVector(kOne)); }},
    {{"Reshape"}, [] { return LayerPtr(Reshape({})); }},
    {{"RNN"}, [] { return LayerPtr(RNN(SimpleRNNCell(kOne))); }},
    {{"Sequential"}, [] { return read_model(true); }},
    {{"SimpleRNN"}, [] { return LayerPtr(SimpleRNN(kOne)); }},
    {{"SimpleRNNCell"}, [] { return LayerPtr(SimpleRNNCell(kOne)); }},
    {{"StackedRNNCells"}, [] { return LayerPtr(StackedRNNCells({SimpleRNNCell(kOne)})); }},
    {{"Subtract"}, [] { return LayerPtr(Subtract()); }},
    {{"TimeDistributed"}, [] { return LayerPtr(TimeDistributed({})); }},
};

}  // namespace

Family<LayerPtr>& layer_classes() {
  static Family<LayerPtr> family("layer", "keras.layers", kLayers);
  return family;
}

Config LayerPtr::config() const { return *this ? layer_classes().config(*this) : Config(); }

LayerPtr LayerPtr::from_config(const Config& config) {
  return json_of(config).is_null() ? LayerPtr() : layer_classes().from_config(config);
}

void register_layer(std::string class_name, std::function<LayerPtr()> make) {
  layer_classes().add(std::move(class_name), std::move(make));
}

}  // namespace reel
