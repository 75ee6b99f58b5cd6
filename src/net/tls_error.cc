// Why a handshake failed, in words that say what to do.
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>

#include <fmt/format.h>

#include "base/strings.h"
#include "net/tls_internal.h"

namespace sky::net {
namespace {

auto on_verified(int ok, X509_STORE_CTX* context) -> int {
  if (ok == 1) return ok;
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* rejected = static_cast<X509Ptr*>(SSL_get_app_data(ssl));
  // The server's own, also when another one of the chain is at fault.
  X509* certificate = X509_STORE_CTX_get0_cert(context);
  if (rejected != nullptr && certificate != nullptr && X509_up_ref(certificate) == 1) rejected->reset(certificate);
  return ok;
}

auto time_text(const ASN1_TIME* time) -> std::string {
  std::tm utc{};
  if (ASN1_TIME_to_tm(time, &utc) != 1) return "an unreadable date";
  return fmt::format("{:04}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
}

auto name_text(const GENERAL_NAME* name) -> std::string {
  if (name->type != GEN_DNS && name->type != GEN_IPADD) return {};
  const ASN1_STRING* value = name->type == GEN_DNS ? name->d.dNSName : name->d.iPAddress;
  const std::string_view bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                               static_cast<size_t>(ASN1_STRING_length(value)));
  if (name->type == GEN_DNS) return std::string(bytes);
  if (bytes.size() != 4) return "an IPv6 address";
  const auto part = [&](size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i])); };
  return fmt::format("{}.{}.{}.{}", part(0), part(1), part(2), part(3));
}

// The names and addresses that the certificate is for.
auto subject_names(X509* certificate) -> std::string {
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  std::vector<std::string> texts;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    if (std::string text = name_text(sk_GENERAL_NAME_value(names, i)); !text.empty()) texts.push_back(std::move(text));
  }
  GENERAL_NAMES_free(names);
  return texts.empty() ? "no name" : join(texts, ", ");
}

auto distrusted(std::string message, std::string hint) -> Error {
  return make_error(ErrorCode::kPermissionDenied, std::move(message), std::move(hint));
}

auto verify_error(long code, X509* certificate, const std::string& host, const std::string& address) -> Error {
  const std::string subject = fmt::format("the certificate of {}", address);
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return distrusted(fmt::format("{} expired on {}", subject, time_text(X509_get0_notAfter(certificate))),
                        "Whoever runs the server must renew it; or check this machine's clock.");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return distrusted(fmt::format("{} is valid only from {}", subject, time_text(X509_get0_notBefore(certificate))),
                        "Check this machine's clock.");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return distrusted(fmt::format("{} is for {}, not for '{}'", subject, subject_names(certificate), host),
                        "Use the name that it is for in the endpoint's URL.");
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return distrusted(fmt::format("{} is signed by itself, not by an authority that this machine trusts", subject),
                        "If you trust it, save its certificate and set SSL_CERT_FILE=FILE.");
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return distrusted(fmt::format("{} is signed by an authority that this machine does not trust", subject),
                        "If you trust that authority, set SSL_CERT_FILE to a file with its certificate.");
    default:
      return distrusted(fmt::format("{} is not valid: {}", subject, X509_verify_cert_error_string(code)), "");
  }
}

}  // namespace

void keep_rejected(SSL* ssl, X509Ptr* rejected) {
  SSL_set_app_data(ssl, rejected);
  SSL_set_verify(ssl, SSL_VERIFY_PEER, on_verified);
}

auto take_ssl_reason() -> std::string {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "the peer closed the connection";
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? fmt::format("error {:#x}", code) : std::string(reason);
}

auto handshake_error(SSL* ssl, X509* rejected, const std::string& host, const std::string& address) -> Error {
  const long verified = SSL_get_verify_result(ssl);
  const unsigned long code = ERR_peek_error();
  const int reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED && verified != X509_V_OK && rejected != nullptr) {
    ERR_clear_error();
    return verify_error(verified, rejected, host, address);
  }
  if (code == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    ERR_clear_error();
    return make_error(ErrorCode::kUnavailable, fmt::format("{} closed the connection during the handshake", address));
  }
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
    ERR_clear_error();
    return make_error(ErrorCode::kDataCorrupt, fmt::format("{} does not speak TLS", address),
                      "Try http:// instead of https://.");
  }
  return make_error(ErrorCode::kDataCorrupt, fmt::format("no TLS with {}: {}", address, take_ssl_reason()));
}

}  // namespace sky::net
