#include "reel/graph/forms.h"

namespace reel {

std::vector<Var> Forms::of(std::span<const Var> vars) const {
  std::vector<Var> forms;
  forms.reserve(vars.size());
  for (const Var& var : vars) forms.push_back(of(var));
  return forms;
}

void Forms::set(int32_t id, int32_t form) {
  if (id >= static_cast<int32_t>(forms_.size())) forms_.resize(static_cast<size_t>(id) + 1, -1);
  forms_[id] = form;
}

void Forms::advance(const Forms& next) {
  for (int32_t& form : forms_) {
    if (form >= 0 && next.know(form)) form = next.of(form);
  }
}

}  // namespace reel
