#include "reel/models/formats/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "reel/graph/error.h"
#include "reel/models/formats/atomic_file.h"
#include "reel/models/formats/sha256.h"

namespace reel {
namespace {

constexpr long kConnectSeconds = 5, kStallSeconds = 30, kLeastBytesPerSecond = 1000, kMostRedirects = 5;

/// The bytes that have arrived so far, in a file that only one process writes at a time.
class PartFile {
 public:
  explicit PartFile(std::string path) : path_(std::move(path)) {
    // A link that stands there must not lead to another file, and a pipe must not be waited for.
    fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    if (fd_ < 0 && errno != ELOOP) fail("cannot open");
    const bool is_locked = fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
    struct stat status {};
    const bool is_file = fd_ >= 0 && ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink <= 1;
    if (is_locked && is_file && status.st_nlink == 1) return;
    if (fd_ >= 0) ::close(fd_);
    // A file without a name is one that the other process has removed by now.
    throw DataError(path_ + (is_file ? ": another process is downloading this file"
                                     : ": expected a part of a file, got a link or no file; remove it"));
  }
  ~PartFile() { ::close(fd_); }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  int64_t size() const { return ::lseek(fd_, 0, SEEK_END); }
  void clear() {
    if (::ftruncate(fd_, 0) != 0) fail("cannot empty");
  }
  void append(std::span<const char> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("cannot write");
      bytes = bytes.subspan(static_cast<size_t>(written));
    }
  }
  std::vector<std::byte> bytes() const {
    std::vector<std::byte> bytes(static_cast<size_t>(size()));
    for (size_t used = 0; used < bytes.size();) {
      const ssize_t count = ::pread(fd_, bytes.data() + used, bytes.size() - used, static_cast<off_t>(used));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) fail("cannot read");
      used += static_cast<size_t>(count);
    }
    return bytes;
  }
  void remove() { ::unlink(path_.c_str()); }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw DataError(fmt::format("{}: {}: {}", path_, what, std::strerror(errno)));
  }

  std::string path_;
  int fd_ = -1;
};

/// One request. Exceptions may not cross libcurl, so the callbacks leave them here.
struct Transfer {
  PartFile& part;
  const Progress& progress;
  CURL* curl;
  int64_t most_bytes;
  int64_t offset = part.size();
  int64_t reported = -1;
  bool is_too_large = false;
  std::exception_ptr thrown = {};
};

/// Whether the part would outgrow the limit by these bytes, or by all that the server announces.
bool outgrows(const Transfer& transfer, size_t bytes) {
  curl_off_t announced = -1;  // from the offset on; -1 where the server does not tell
  curl_easy_getinfo(transfer.curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
  return announced > transfer.most_bytes - transfer.offset ||
         static_cast<int64_t>(bytes) > transfer.most_bytes - transfer.part.size();
}

size_t on_bytes(char* bytes, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.is_too_large = outgrows(transfer, size * count);
  if (transfer.is_too_large) return 0;
  try {
    transfer.part.append({bytes, size * count});
    return size * count;
  } catch (...) {
    transfer.thrown = std::current_exception();
    return 0;
  }
}

int on_progress(void* user, curl_off_t total, curl_off_t done, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (!transfer.progress || done == 0 || done == transfer.reported) return 0;
  transfer.reported = done;
  try {
    transfer.progress(transfer.offset + done, total > 0 ? transfer.offset + total : 0);
    return 0;
  } catch (...) {
    transfer.thrown = std::current_exception();
    return 1;
  }
}

constexpr long kOk = 200, kTransformed = 203, kPartial = 206;  // of HTTP

struct Outcome {
  CURLcode code;
  long status;  // of HTTP, 0 for files
  std::string message;
  bool is_too_large;

  bool ok() const { return code == CURLE_OK; }
  /// The whole file, or the rest of it where that was asked for, which libcurl has checked; and no empty answer.
  bool is_what_was_asked_for(bool rest) const {
    return status == 0 || status == kOk || status == kTransformed || (status == kPartial && rest);
  }
  /// The part is at least as long as the file: whole, or of another file.
  bool nothing_left() const { return code == CURLE_HTTP_RETURNED_ERROR && status == 416; }
  /// The server cannot, or will not, send the file from this offset.
  bool cannot_resume() const { return code == CURLE_RANGE_ERROR || code == CURLE_BAD_DOWNLOAD_RESUME; }
};

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

Handle new_handle() {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  Handle handle(initialised == CURLE_OK ? curl_easy_init() : nullptr, &curl_easy_cleanup);
  if (!handle) throw DataError("download: libcurl could not start");
  return handle;
}

std::string part_of_url(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_URLDECODE) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
  return text;
}

/// libcurl takes a folder for an empty file.
void check_is_no_folder(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return;
  if (part_of_url(parsed.get(), CURLUPART_SCHEME) != "file") return;
  std::error_code error;
  if (!std::filesystem::is_directory(part_of_url(parsed.get(), CURLUPART_PATH), error)) return;
  throw DataError(fmt::format("{}: cannot download: expected a file, got a folder", url));
}

/// Appends to the part file what `url` holds from its current size on.
Outcome fetch_rest(const std::string& url, PartFile& part, const Progress& progress, int64_t most_bytes) {
  const Handle handle = new_handle();
  CURL* curl = handle.get();
  Transfer transfer{.part = part, .progress = progress, .curl = curl, .most_bytes = most_bytes};
  std::array<char, CURL_ERROR_SIZE> message{};
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https,file");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMostRedirects);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kLeastBytesPerSecond);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(transfer.offset));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message.data());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_bytes);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  const CURLcode code = curl_easy_perform(curl);
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return {code, status, message[0] != '\0' ? message.data() : curl_easy_strerror(code), transfer.is_too_large};
}

std::string md5_hex(std::span<const std::byte> bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_md5(), nullptr) != 1) {
    throw Error("md5: OpenSSL could not compute the digest");
  }
  return fmt::format("{:02x}", fmt::join(digest.data(), digest.data() + size, ""));
}

constexpr size_t kMd5Digits = 32, kSha256Digits = 64;

void create_folder_of(const std::string& target) {
  const std::filesystem::path folder = std::filesystem::path(target).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) throw DataError(fmt::format("{}: cannot create the folder: {}", folder.string(), error.message()));
}

}  // namespace

std::string checksum_error(std::span<const std::byte> bytes, const std::string& expected) {
  if (expected.empty()) return {};
  const bool is_md5 = expected.size() == kMd5Digits;
  const std::string actual = is_md5 ? md5_hex(bytes) : sha256_hex(bytes);
  if (actual == expected) return {};
  return fmt::format("{} of its {} bytes is {}, expected {}", is_md5 ? "MD5" : "SHA-256", bytes.size(), actual,
                     expected);
}

void download(const std::string& url, const std::string& target, const std::string& checksum, const Progress& progress,
              int64_t most_bytes) {
  if (!checksum.empty() && checksum.size() != kMd5Digits && checksum.size() != kSha256Digits) {
    throw ValueError(fmt::format("download: checksum \"{}\" has {} digits, expected {} (SHA-256) or {} (MD5)", checksum,
                                 checksum.size(), kSha256Digits, kMd5Digits));
  }
  check_is_no_folder(url);
  create_folder_of(target);
  PartFile part(target + ".part");
  const bool is_checked = !checksum.empty();
  // A part of another file, or of one that has changed since, is found out at the end: then once more from the start.
  // Without a checksum nothing would find it out.
  if (!is_checked || part.size() > most_bytes) part.clear();
  while (true) {
    const bool resumes = part.size() > 0;
    const Outcome outcome = fetch_rest(url, part, progress, most_bytes);
    if (outcome.is_too_large) {
      part.remove();
      throw DataError(
          fmt::format("{}: has over {} bytes, expected fewer; the download was thrown away", url, most_bytes));
    }
    if (outcome.ok() && !outcome.is_what_was_asked_for(resumes)) {
      part.remove();
      throw DataError(fmt::format("{}: cannot download: the server answered with status {}{}, expected {}", url,
                                  outcome.status, outcome.status == kPartial ? ", a part of the file" : "", kOk));
    }
    if (outcome.ok() || (outcome.nothing_left() && is_checked)) {
      const std::vector<std::byte> bytes = part.bytes();
      const std::string error = checksum_error(bytes, checksum);
      if (error.empty()) {
        write_file_atomically(target, bytes);
        part.remove();
        return;
      }
      if (!resumes) {
        part.remove();
        throw DataError(fmt::format("{}: {}; the download was thrown away", url, error));
      }
    } else if (!resumes || !(outcome.cannot_resume() || outcome.nothing_left())) {
      if (part.size() == 0) part.remove();
      throw DataError(fmt::format("{}: cannot download: {}", url, outcome.message));
    }
    part.clear();
  }
}

}  // namespace reel
