// A server for one test: answers each connection on a free port of 127.0.0.1 with what a function makes of the request.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace reel::testing {

class HttpServer {
 public:
  using Answer = std::function<std::string(const std::string& request)>;

  explicit HttpServer(Answer answer) : answer_(std::move(answer)), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (socket_ < 0 || ::bind(socket_, generic, size) != 0 || ::listen(socket_, 8) != 0 ||
        ::getsockname(socket_, generic, &size) != 0) {
      throw std::runtime_error("the test's server could not start");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~HttpServer() { stop(); }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url(const std::string& name) const { return "http://127.0.0.1:" + std::to_string(port_) + "/" + name; }
  /// Ends the server and returns all requests it has had.
  const std::vector<std::string>& stop() {
    if (thread_.joinable()) {
      ::shutdown(socket_, SHUT_RDWR);  // wakes accept()
      thread_.join();
      ::close(socket_);
    }
    return requests_;
  }

 private:
  void serve() {
    for (int client; (client = ::accept(socket_, nullptr, nullptr)) >= 0; ::close(client)) {
      std::string request;
      char buffer[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t count = ::recv(client, buffer, sizeof(buffer), 0);
        if (count <= 0) break;
        request.append(buffer, static_cast<size_t>(count));
      }
      requests_.push_back(request);
      const std::string response = answer_(request);
      for (size_t sent = 0; sent < response.size();) {
        const ssize_t count = ::send(client, response.data() + sent, response.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<size_t>(count);
      }
    }
  }

  Answer answer_;
  int socket_;
  int port_ = 0;
  std::vector<std::string> requests_;
  std::thread thread_;
};

/// A response with its length; `claimed` may be larger than the body, as when a connection breaks.
inline std::string response(const std::string& status, const std::string& body, const std::string& headers = "",
                            size_t claimed = 0) {
  return "HTTP/1.1 " + status +
         "\r\nConnection: close\r\nContent-Length: " + std::to_string(claimed != 0 ? claimed : body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

/// `body` as a server gives it that honours "Range: bytes=N-".
inline std::string ranged_response(const std::string& request, const std::string& body) {
  const size_t at = request.find("Range: bytes=");
  if (at == std::string::npos) return response("200 OK", body);
  const size_t from = std::stoul(request.substr(at + 13));
  const std::string size = std::to_string(body.size());
  if (from >= body.size()) return response("416 Range Not Satisfiable", "", "Content-Range: bytes */" + size + "\r\n");
  return response(
      "206 Partial Content", body.substr(from),
      "Content-Range: bytes " + std::to_string(from) + "-" + std::to_string(body.size() - 1) + "/" + size + "\r\n");
}

}  // namespace reel::testing
