// Runs all tests, with the verifier after every pass: here, and in the programs that tests start.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <cstdlib>

int main(int argc, char** argv) {
  ::setenv("REEL_VERIFY", "1", 0);
  return Catch::Session().run(argc, argv);
}
