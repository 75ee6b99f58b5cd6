#include "async/cancel.h"

#include <gtest/gtest.h>

#include "async/sim_loop.h"

namespace sky::async {
namespace {

TEST(CancelScope, Parent_CancelsChildrenWithItsReason) {
  SimLoop loop;
  CancelScope root(loop);
  CancelScope child(root);
  CancelScope grandchild(child);
  root.cancel(make_error(ErrorCode::kUnavailable, "going away"));
  EXPECT_TRUE(grandchild.cancelled());
  EXPECT_EQ(grandchild.reason().message, "going away");
}

TEST(CancelScope, Child_LeavesParentAndSiblingsAlone) {
  SimLoop loop;
  CancelScope root(loop);
  CancelScope a(root);
  CancelScope b(root);
  a.cancel();
  EXPECT_TRUE(a.cancelled());
  EXPECT_FALSE(b.cancelled());
  EXPECT_FALSE(root.cancelled());
}

TEST(CancelScope, MadeUnderCancelledParent_IsCancelled) {
  SimLoop loop;
  CancelScope root(loop);
  root.cancel();
  const CancelScope child(root);
  EXPECT_TRUE(child.cancelled());
}

TEST(CancelScope, SecondCancel_KeepsFirstReason) {
  SimLoop loop;
  CancelScope scope(loop);
  scope.cancel(make_error(ErrorCode::kDeadlineExceeded, "first"));
  scope.cancel();
  EXPECT_EQ(scope.reason().message, "first");
}

}  // namespace
}  // namespace sky::async
