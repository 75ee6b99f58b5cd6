#include "term/check_report.h"

#include <gtest/gtest.h>

namespace sky::term {
namespace {

const InfraCheck kAws = {.name = "AWS",
                         .enabled_capabilities = {"compute", "storage"},
                         .account = "alice",
                         .hints = {{{"storage"}, "The region is far away."}}};
const InfraCheck kGcp = {.name = "GCP", .reasons = {{{"compute", "storage"}, "No credentials."}}};
const InfraCheck kKubernetes = {.name = "Kubernetes",
                                .enabled_capabilities = {"compute"},
                                .contexts_title = "Allowed contexts",
                                .contexts = {{"east", true}, {"west", false, "It does not answer."}}};

TEST(RenderInfraCheck, Enabled_ListsCapabilitiesAccountAndHints) {
  EXPECT_EQ(render_infra_check(kAws, Paint(false)),
            "  AWS: enabled [compute, storage]\n"
            "    Activated account: alice\n"
            "    Hint [storage]: The region is far away.");
}

TEST(RenderInfraCheck, Disabled_GivesTheReason) {
  EXPECT_EQ(render_infra_check(kGcp, Paint(false)),
            "  GCP: disabled\n"
            "    Reason [compute, storage]: No credentials.");
}

TEST(RenderInfraCheck, Contexts_FormATree) {
  EXPECT_EQ(render_infra_check(kKubernetes, Paint(false)),
            "  Kubernetes: enabled [compute]\n"
            "    Allowed contexts:\n"
            "    ├── east: enabled.\n"
            "    └── west: disabled. Reason: It does not answer.");
}

TEST(RenderInfraCheck, Painted_UsesTheOriginalsColours) {
  EXPECT_EQ(render_infra_check({.name = "Lambda"}, Paint(true)), "\033[2m  Lambda: disabled\033[0m");
}

TEST(RenderCheckSummary, SeveralInfras_ShowsTheEnabledOnesSorted) {
  const std::vector<InfraCheck> checks = {kKubernetes, kGcp, kAws};
  EXPECT_EQ(render_check_summary(checks, Paint(false)),
            "\n🎉 Enabled infra 🎉\n"
            "  AWS [compute, storage]\n"
            "  Kubernetes [compute]\n"
            "    Allowed contexts:\n"
            "    └── east");
}

TEST(RenderCheckSummary, NothingEnabled_SaysSo) {
  const std::vector<InfraCheck> checks = {kGcp};
  EXPECT_EQ(render_check_summary(checks, Paint(false)), "\n🎉 Enabled infra 🎉\n  No infra to check/enabled.");
}

TEST(RenderCheckAdvice, Always_NamesTheCommand) {
  EXPECT_EQ(render_check_advice(Paint(false)), "\nTo enable a cloud, follow the hints above and rerun: sky check");
}

}  // namespace
}  // namespace sky::term
