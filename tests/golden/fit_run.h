// A script of operations on one model, as fit/NAME.{json,npz} has it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "golden/case_files.h"
#include "golden/report.h"
#include "models/temporary_folder.h"
#include "reel/models/model/model.h"

namespace reel::golden {

class FitRun {
 public:
  /// Throws what the library throws for what it does not have.
  FitRun(const OrderedJson& spec, const Arrays& arrays, Case& result);

  /// Runs the script, comparing what each operation gives, and at last the weights and the files.
  void replay();

 private:
  void run(const OrderedJson& operation);
  void fit(const OrderedJson& operation);
  void evaluate(const OrderedJson& operation);
  void on_batch(const OrderedJson& operation);
  void predict(const OrderedJson& operation);
  /// Rows [from, to) of the arrays that the operation names for `what`; none where it names none.
  ModelData rows(const OrderedJson& operation, const char* what) const;
  ModelData rows_named(const OrderedJson& keys, const OrderedJson& operation) const;
  CallbackPtr callback(const OrderedJson& described) const;
  void compare_history(const OrderedJson& expected, const History& history);
  void compare_fit(const OrderedJson& expected, const History& history, const Callbacks& callbacks, int64_t batches);
  void compare_logs(const OrderedJson& expected, const Logs& logs);
  void compare_weights();
  void compare_files() const;
  void compare_table(const std::string& name, const std::string& expected) const;
  int64_t updates() const;

  const OrderedJson& spec_;
  const Arrays& arrays_;
  Case& result_;
  Model model_;
  Tolerance allowed_;
  bool has_terminated_ = false;
  testing::TemporaryFolder folder_;
};

}  // namespace reel::golden
