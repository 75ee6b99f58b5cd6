#include "term/table.h"

#include <gtest/gtest.h>

namespace sky::term {
namespace {

// The sample of the original's `sky queue`: every column is padded by two blanks, the last one too.
TEST(Table, Rows_AlignedWithTwoBlanksBehindEachColumn) {
  Table table({"ID", "NAME", "GIT COMMIT"});
  table.add({"2", "train", "-"});
  table.add({"1", "sky-cmd", "abc1234"});
  EXPECT_EQ(table.render(),
            "ID  NAME     GIT COMMIT  \n"
            "2   train    -           \n"
            "1   sky-cmd  abc1234     ");
}

TEST(Table, NoRows_IsTheHeader) {
  const Table table({"ID", "NAME"});
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.render(), "ID  NAME  ");
}

TEST(Table, ColouredAndWideCells_AlignByColumns) {
  Table table({"NAME", "STATUS"});
  table.add({"日本", "\033[32mUP\033[0m"});
  table.add({"a", "STOPPED"});
  EXPECT_EQ(table.render(),
            "NAME  STATUS   \n"
            "日本  \033[32mUP\033[0m       \n"
            "a     STOPPED  ");
}

TEST(Table, CellOfTwoLines_MakesATallRow) {
  Table table({"NAME", "COMMAND"});
  table.add({"a", "x\nyy"});
  EXPECT_EQ(table.render(),
            "NAME  COMMAND  \n"
            "a     x        \n"
            "      yy       ");
}

TEST(TableDeathTest, WrongNumberOfCells_IsABug) {
  Table table({"ID", "NAME"});
  EXPECT_DEATH(table.add({"1"}), "cells.size");
}

}  // namespace
}  // namespace sky::term
