#include "reel/graph/run/handover.h"

namespace reel {

void Handover::give() { given_.fetch_add(1, std::memory_order_release); }
void Handover::take() { given_.load(std::memory_order_acquire); }

}  // namespace reel
