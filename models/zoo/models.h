// One function a model, for the list in zoo.cc.
#pragma once

#include "reel/models/zoo/zoo.h"

namespace reel {

ZooModel zoo_simple_rnn();
ZooModel zoo_lstm();
ZooModel zoo_gru();
ZooModel zoo_autoencoder();
ZooModel zoo_autoencoder_images();

}  // namespace reel
