#include "term/plan_table.h"

#include <gtest/gtest.h>

namespace sky::term {
namespace {

// Recorded from the optimizer's table of skypilot 0.14.1.
TEST(PlanTable, TwoOffers_RuledAndPaddedByThree) {
  const Row headers = {"INFRA", "INSTANCE", "vCPUs", "Mem(GB)", "GPUS", "COST ($)", "CHOSEN"};
  const std::vector<Row> rows = {{"AWS (us-east-1)", "g6.xlarge", "4", "16", "L4:1", "0.80", "   ✔"},
                                 {"GCP (us-central1-a)", "g2-standard-4", "4", "16", "L4:1", "0.85", ""}};
  EXPECT_EQ(render_plan_table(headers, rows),
            "------------------------------------------------------------------------------------\n"
            " INFRA                 INSTANCE        vCPUs   Mem(GB)   GPUS   COST ($)   CHOSEN   \n"
            "------------------------------------------------------------------------------------\n"
            " AWS (us-east-1)       g6.xlarge       4       16        L4:1   0.80          ✔     \n"
            " GCP (us-central1-a)   g2-standard-4   4       16        L4:1   0.85                \n"
            "------------------------------------------------------------------------------------");
}

}  // namespace
}  // namespace sky::term
