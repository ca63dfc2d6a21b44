#include "reel/models/formats/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "reel/graph/error.h"

namespace reel {
namespace {

void check(bool ok) {
  if (!ok) throw Error("sha256: OpenSSL could not compute the digest");
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  check(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::update(std::span<const std::byte> bytes) {
  check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex() const {
  // Finishing spends the context, so a copy of it is finished.
  std::unique_ptr<evp_md_ctx_st, Free> copy(EVP_MD_CTX_new());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  check(copy && EVP_MD_CTX_copy_ex(copy.get(), context_.get()) == 1 &&
        EVP_DigestFinal_ex(copy.get(), digest.data(), &size) == 1);
  std::string out;
  for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  Sha256 digest;
  digest.update(bytes);
  return digest.hex();
}

}  // namespace reel
