// The branch symbols in front of the lines of a tree.
#pragma once

#include <string>

#include "term/style.h"

namespace sky::term {

// `├── `, or `└── ` in front of the last child; dim.
inline auto branch(const Paint& paint, bool last) -> std::string {
  return paint(Style::kDim, last ? "└── " : "├── ");
}

}  // namespace sky::term
