#include "cli/prompt.h"

#include <gtest/gtest.h>

#include "cli/fake_environment_test.h"
#include "cli/quote.h"

namespace sky::cli {
namespace {

TEST(Confirm, EmptyLine_TakesTheDefault) {
  FakeCliEnvironment env;
  env.input = {"", ""};
  EXPECT_EQ(confirm(env, "Proceed?", true), Answer::kYes);
  EXPECT_EQ(confirm(env, "Proceed?", false), Answer::kNo);
  EXPECT_EQ(env.out(), "Proceed? [Y/n]: Proceed? [y/N]: ");
}

TEST(Confirm, OtherWords_AreAskedAgain) {
  FakeCliEnvironment env;
  env.input = {"maybe", " YES "};
  EXPECT_EQ(confirm(env, "Proceed?", false), Answer::kYes);
  EXPECT_EQ(env.out(), "Proceed? [y/N]: Error: invalid input\nProceed? [y/N]: ");
}

TEST(Confirm, EndOfInput_Aborts) {
  FakeCliEnvironment env;
  EXPECT_EQ(confirm(env, "Proceed?", true), Answer::kAborted);
  EXPECT_EQ(report_abort(env), 1);
  EXPECT_EQ(env.out(), "Proceed? [Y/n]: ");
  EXPECT_EQ(env.err(), "Aborted!\n");
}

TEST(ConfirmByTyping, Words_MustBeExact) {
  FakeCliEnvironment env;
  env.input = {"delete", "Delete"};
  EXPECT_EQ(confirm_by_typing(env, "Type delete", "delete"), Answer::kYes);
  EXPECT_EQ(confirm_by_typing(env, "Type delete", "delete"), Answer::kNo);
  EXPECT_EQ(confirm_by_typing(env, "Type delete", "delete"), Answer::kAborted);
}

TEST(PythonQuote, Texts_LookLikeRepr) {
  EXPECT_EQ(python_quote("abc"), "'abc'");
  EXPECT_EQ(python_quote("it's"), "\"it's\"");
  EXPECT_EQ(python_quote("it's \"x\""), "'it\\'s \"x\"'");
  EXPECT_EQ(python_quote("a\nb\t\\\x01"), "'a\\nb\\t\\\\\\x01'");
  EXPECT_EQ(python_quote("日本"), "'日本'");
}

}  // namespace
}  // namespace sky::cli
