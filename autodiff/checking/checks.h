// What is held against one op by itself. Each throws OpCheckError for what does not hold.
#pragma once

#include "reel/autodiff/checking/subject.h"

namespace reel::checking {

/// That `infer` says of concrete rows what it says of symbolic ones.
void check_infer(const Subject& subject);
/// That it writes all of its output and nothing else, and reads nothing but operands.
void check_memory(const Subject& subject);
/// That blocks of rows, wherever they lie, give the bits of the whole.
void check_blocks(const Subject& subject);
/// That several threads may run it at once.
void check_at_once(const Subject& subject);

/// What its traits say.
void check_traits(const Subject& subject);
/// What it says of where elements come from: `moves_blocks`, `column`, `placement`, `part_of_row`, `joins_rows`.
void check_moves(const Subject& subject);
/// What stands for it: `with_addend`, `prepack`, `by_output_rows`. Those are checked as it is.
void check_substitutes(const Subject& subject);

/// All of these.
void check_subject(const Subject& subject);

}  // namespace reel::checking
