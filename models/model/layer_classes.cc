#include "reel/models/model/layer_classes.h"

#include "reel/models/describe/json.h"
#include "reel/models/layers/activations.h"
#include "reel/models/layers/attention.h"
#include "reel/models/layers/conv_lstm.h"
#include "reel/models/layers/convolution.h"
#include "reel/models/layers/core.h"
#include "reel/models/layers/dot.h"
#include "reel/models/layers/dropout.h"
#include "reel/models/layers/einsum_dense.h"
#include "reel/models/layers/gru.h"
#include "reel/models/layers/hashing.h"
#include "reel/models/layers/input.h"
#include "reel/models/layers/lookup.h"
#include "reel/models/layers/lstm.h"
#include "reel/models/layers/masking.h"
#include "reel/models/layers/merging.h"
#include "reel/models/layers/multi_head_attention.h"
#include "reel/models/layers/normalization.h"
#include "reel/models/layers/pooling.h"
#include "reel/models/layers/preprocessing.h"
#include "reel/models/layers/regularization.h"
#include "reel/models/layers/reshaping.h"
#include "reel/models/layers/resizing.h"
#include "reel/models/layers/reversible_embedding.h"
#include "reel/models/layers/row_normalization.h"
#include "reel/models/layers/simple_rnn.h"
#include "reel/models/layers/spectral_normalization.h"
#include "reel/models/layers/text_vectorization.h"
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
    {{"AdaptiveAveragePooling1D"}, [] { return LayerPtr(AdaptiveAveragePooling1D(kOne)); }},
    {{"AdaptiveAveragePooling2D"}, [] { return LayerPtr(AdaptiveAveragePooling2D(kOne)); }},
    {{"AdaptiveMaxPooling1D"}, [] { return LayerPtr(AdaptiveMaxPooling1D(kOne)); }},
    {{"AdaptiveMaxPooling2D"}, [] { return LayerPtr(AdaptiveMaxPooling2D(kOne)); }},
    {{"Add"}, [] { return LayerPtr(Add()); }},
    {{"AdditiveAttention"}, [] { return LayerPtr(AdditiveAttention()); }},
    {{"AlphaDropout"}, [] { return LayerPtr(AlphaDropout(0)); }},
    {{"Attention"}, [] { return LayerPtr(Attention()); }},
    {{"Average"}, [] { return LayerPtr(Average()); }},
    {{"AveragePooling1D"}, [] { return LayerPtr(AveragePooling1D()); }},
    {{"AveragePooling2D"}, [] { return LayerPtr(AveragePooling2D()); }},
    {{"BatchNormalization"}, [] { return LayerPtr(BatchNormalization()); }},
    {{"Bidirectional"}, [] { return LayerPtr(Bidirectional()); }},
    {{"CategoryEncoding"}, [] { return LayerPtr(CategoryEncoding(kOne)); }},
    {{"Concatenate"}, [] { return LayerPtr(Concatenate()); }},
    {{"Conv1D"}, [] { return LayerPtr(Conv1D(kOne, kOne)); }},
    {{"Conv1DTranspose"}, [] { return LayerPtr(Conv1DTranspose(kOne, kOne)); }},
    {{"Conv2D"}, [] { return LayerPtr(Conv2D(kOne, kOne)); }},
    {{"Conv2DTranspose"}, [] { return LayerPtr(Conv2DTranspose(kOne, kOne)); }},
    {{"ConvLSTM1D"}, [] { return LayerPtr(ConvLSTM1D(kOne, kOne)); }},
    {{"ConvLSTM2D"}, [] { return LayerPtr(ConvLSTM2D(kOne, kOne)); }},
    {{"Cropping1D"}, [] { return LayerPtr(Cropping1D()); }},
    {{"Cropping2D"}, [] { return LayerPtr(Cropping2D()); }},
    {{"Dense"}, [] { return LayerPtr(Dense(kOne)); }},
    {{"DepthwiseConv1D"}, [] { return LayerPtr(DepthwiseConv1D(kOne)); }},
    {{"DepthwiseConv2D"}, [] { return LayerPtr(DepthwiseConv2D(kOne)); }},
    {{"Discretization"}, [] { return LayerPtr(Discretization({0.0})); }},
    {{"Dot"}, [] { return LayerPtr(Dot(kOne)); }},
    {{"Dropout"}, [] { return LayerPtr(Dropout(0)); }},
    {{"EinsumDense"}, [] { return LayerPtr(EinsumDense("ab,bc->ac", kOne)); }},
    {{"ELU"}, [] { return LayerPtr(ELU()); }},
    {{"Embedding"}, [] { return LayerPtr(Embedding(kOne, kOne)); }},
    {{"Flatten"}, [] { return LayerPtr(Flatten()); }},
    {{"Functional", "Model"}, [] { return read_model(false); }},
    {{"GaussianDropout"}, [] { return LayerPtr(GaussianDropout(0)); }},
    {{"GaussianNoise"}, [] { return LayerPtr(GaussianNoise(0)); }},
    {{"GlobalAveragePooling1D"}, [] { return LayerPtr(GlobalAveragePooling1D()); }},
    {{"GlobalAveragePooling2D"}, [] { return LayerPtr(GlobalAveragePooling2D()); }},
    {{"GlobalMaxPooling1D"}, [] { return LayerPtr(GlobalMaxPooling1D()); }},
    {{"GlobalMaxPooling2D"}, [] { return LayerPtr(GlobalMaxPooling2D()); }},
    {{"GroupQueryAttention", "GroupedQueryAttention"}, [] { return LayerPtr(GroupQueryAttention(kOne, kOne, kOne)); }},
    {{"GroupNormalization"}, [] { return LayerPtr(GroupNormalization()); }},
    {{"GRU"}, [] { return LayerPtr(GRU(kOne)); }},
    {{"GRUCell"}, [] { return LayerPtr(GRUCell(kOne)); }},
    {{"Hashing"}, [] { return LayerPtr(Hashing(kOne)); }},
    {{"Identity"}, [] { return LayerPtr(IdentityLayer()); }},
    {{"InputLayer"}, [] { return LayerPtr(Input({})); }},
    {{"IntegerLookup"}, [] { return LayerPtr(IntegerLookup()); }},
    {{"LayerNormalization"}, [] { return LayerPtr(LayerNormalization()); }},
    {{"LeakyReLU"}, [] { return LayerPtr(LeakyReLU()); }},
    {{"LSTM"}, [] { return LayerPtr(LSTM(kOne)); }},
    {{"LSTMCell"}, [] { return LayerPtr(LSTMCell(kOne)); }},
    {{"Masking"}, [] { return LayerPtr(Masking()); }},
    {{"Maximum"}, [] { return LayerPtr(Maximum()); }},
    {{"MaxPooling1D"}, [] { return LayerPtr(MaxPooling1D()); }},
    {{"MaxPooling2D"}, [] { return LayerPtr(MaxPooling2D()); }},
    {{"Minimum"}, [] { return LayerPtr(Minimum()); }},
    {{"MultiHeadAttention"}, [] { return LayerPtr(MultiHeadAttention(kOne, kOne)); }},
    {{"Multiply"}, [] { return LayerPtr(Multiply()); }},
    {{"Normalization"}, [] { return LayerPtr(Normalization()); }},
    {{"Permute"}, [] { return LayerPtr(Permute({1})); }},
    {{"PReLU"}, [] { return LayerPtr(PReLU()); }},
    {{"ReLU"}, [] { return LayerPtr(ReLU()); }},
    {{"RepeatVector"}, [] { return LayerPtr(RepeatVector(kOne)); }},
    {{"Rescaling"}, [] { return LayerPtr(Rescaling(1)); }},
    {{"Reshape"}, [] { return LayerPtr(Reshape({})); }},
    {{"ReversibleEmbedding"}, [] { return LayerPtr(ReversibleEmbedding(kOne, kOne)); }},
    {{"RMSNormalization"}, [] { return LayerPtr(RMSNormalization()); }},
    {{"RNN"}, [] { return LayerPtr(RNN(SimpleRNNCell(kOne))); }},
    {{"SeparableConv1D"}, [] { return LayerPtr(SeparableConv1D(kOne, kOne)); }},
    {{"SeparableConv2D"}, [] { return LayerPtr(SeparableConv2D(kOne, kOne)); }},
    {{"Sequential"}, [] { return read_model(true); }},
    {{"SimpleRNN"}, [] { return LayerPtr(SimpleRNN(kOne)); }},
    {{"SimpleRNNCell"}, [] { return LayerPtr(SimpleRNNCell(kOne)); }},
    {{"Softmax"}, [] { return LayerPtr(Softmax()); }},
    {{"SpatialDropout1D"}, [] { return LayerPtr(SpatialDropout1D(0)); }},
    {{"SpatialDropout2D"}, [] { return LayerPtr(SpatialDropout2D(0)); }},
    {{"SpectralNormalization"}, [] { return LayerPtr(SpectralNormalization()); }},
    {{"StackedRNNCells"}, [] { return LayerPtr(StackedRNNCells({SimpleRNNCell(kOne)})); }},
    {{"StringLookup"}, [] { return LayerPtr(StringLookup()); }},
    {{"Subtract"}, [] { return LayerPtr(Subtract()); }},
    {{"TextVectorization"}, [] { return LayerPtr(TextVectorization()); }},
    {{"TimeDistributed"}, [] { return LayerPtr(TimeDistributed({})); }},
    {{"UnitNormalization"}, [] { return LayerPtr(UnitNormalization()); }},
    {{"UpSampling1D"}, [] { return LayerPtr(UpSampling1D()); }},
    {{"UpSampling2D"}, [] { return LayerPtr(UpSampling2D()); }},
    {{"ZeroPadding1D"}, [] { return LayerPtr(ZeroPadding1D()); }},
    {{"ZeroPadding2D"}, [] { return LayerPtr(ZeroPadding2D()); }},
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
