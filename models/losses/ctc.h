// CTC: the loss of labels that are shorter than the steps they are read from (keras.losses).
#pragma once

#include "reel/models/losses/arguments.h"

namespace reel {

/// -log of the probability of all ways in which `steps` classes, once runs of one class are taken as one and blanks are
/// left out, read as the labels: targets [rows, labels] of classes, behind which 0 fills up, and logits [rows, steps,
/// classes], of which class 0 is the blank. A value for each row. Labels that no way reads, as there are more of them
/// than steps, have a loss of 1e5 and more. Running throws RowError for a label that is no class. Source: Graves et al.
/// 2006. keras.losses.CTC.
struct CTC {
  Reduction reduction = kMeanOfBatch;
  std::string name = "ctc";
  static constexpr std::string_view class_name = "CTC";
  static constexpr bool kTargetsAreClasses = true;
  void fields(Fields& f) { loss_fields(f, name, reduction); }
  Var operator()(Var y_true, Var y_pred) const;
};

}  // namespace reel
