#include "net/ssh_errors.h"

#include <gtest/gtest.h>

namespace sky::net {
namespace {

constexpr std::string_view kChanged =
    "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n"
    "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n"
    "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n"
    "IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\n"
    "The fingerprint for the ED25519 key sent by the remote host is\n"
    "SHA256:newnewnew.\n"
    "Please contact your system administrator.\n"
    "Add correct host key in /home/ada/.ssh/known_hosts to get rid of this message.\n"
    "Offending ED25519 key in /home/ada/.ssh/known_hosts:3\n"
    "Host key for 10.0.0.1 has changed and you have requested strict checking.\n"
    "Host key verification failed.\n";

struct Case {
  std::string_view said;
  std::string_view kind;
  ErrorCode code;
};

TEST(LoginError, WordsOfSsh_AreClassified) {
  const SshTarget target{.host = "10.0.0.1", .user = "ada"};
  for (const Case& one : {
           Case{"ssh: connect to host 10.0.0.1 port 22: Connection refused", "refused", ErrorCode::kUnavailable},
           Case{"ssh: connect to host 10.0.0.1 port 22: Connection timed out", "timeout", ErrorCode::kUnavailable},
           Case{"ssh: connect to host 10.0.0.1 port 22: No route to host", "unreachable", ErrorCode::kUnavailable},
           Case{"ssh: Could not resolve hostname box: Name or service not known", "dns", ErrorCode::kUnavailable},
           Case{"ada@10.0.0.1: Permission denied (publickey).", "auth", ErrorCode::kUnauthenticated},
           Case{"No ED25519 host key is known for 10.0.0.1 and you have requested strict checking.\n"
                "Host key verification failed.",
                "host_key", ErrorCode::kPermissionDenied},
           Case{"kex_exchange_identification: Connection closed by remote host\n"
                "Connection closed by 10.0.0.1 port 22",
                "closed", ErrorCode::kUnavailable},
           Case{"ssh: connect to host jump port 22: Connection refused\n"
                "kex_exchange_identification: Connection closed by remote host\n"
                "Connection closed by UNKNOWN port 65535",
                "jump", ErrorCode::kUnavailable},
           Case{"/home/ada/.ssh/config: line 1: Bad configuration option: foo\n"
                "/home/ada/.ssh/config: terminating, 1 bad configuration options",
                "config", ErrorCode::kInvalidArgument},
           Case{"something new", "other", ErrorCode::kUnavailable},
       }) {
    const Error error = login_error(target, one.said, "");
    EXPECT_EQ(error.details.at("ssh"), one.kind) << one.said;
    EXPECT_EQ(error.code, one.code) << one.said;
    EXPECT_TRUE(error.message.starts_with("cannot log in to 'ada@10.0.0.1': ")) << error.message;
    EXPECT_EQ(is_login_limit(error), one.kind == "closed");
  }
}

TEST(LoginError, Question_IsRepeated) {
  const SshTarget target{.host = "h"};
  const Error error = login_error(target, "Permission denied", "Enter passphrase for key '/k': \n");
  EXPECT_EQ(error.message,
            "cannot log in to 'h': ssh asked \"Enter passphrase for key '/k':\", and nobody is there to answer");
  EXPECT_NE(error.hint.find("ssh-add"), std::string::npos);
}

TEST(LoginError, RefusedPassword_IsTheHostsRefusal) {
  const SshTarget target{.host = "h", .password = Secret("x")};
  const Error error = login_error(target, "h: Permission denied (password).", "h's password: \n");
  EXPECT_EQ(error.code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(error.hint, "Check the `password` of the host.");
}

TEST(LoginError, ChangedKey_HasBothFingerprints) {
  const auto changed = changed_key_of(kChanged);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->found, "SHA256:newnewnew");
  EXPECT_EQ(changed->file, "/home/ada/.ssh/known_hosts");
  EXPECT_EQ(changed->line, 3);
  const Error error = changed_key_error({.host = "h", .port = 2222}, *changed, "SHA256:oldoldold");
  EXPECT_EQ(error.code, ErrorCode::kPermissionDenied);
  EXPECT_NE(error.message.find("expected SHA256:oldoldold, found SHA256:newnewnew"), std::string::npos);
  EXPECT_NE(error.hint.find("-R [h]:2222"), std::string::npos);
  EXPECT_FALSE(changed_key_of("Permission denied"));
}

}  // namespace
}  // namespace sky::net
