#include "reel/graph/located.h"

#include <new>

#include "reel/graph/error.h"

namespace reel {

void rethrow_located(const std::string& place, std::string_view whose) {
  const auto told = [&](std::string what) { return what.find(place) == what.npos ? what + place : what; };
  const auto by = [&](const std::string& what) {
    return told(whose.empty() ? what : std::string(whose) + ": " + what);
  };
  try {
    throw;
  } catch (const RowError& error) {
    throw std::string_view(error.what()).find(place) == std::string::npos ? error.with_place(place) : error;
  } catch (const ShapeError& error) {
    throw ShapeError(told(error.what()));
  } catch (const ValueError& error) {
    throw ValueError(told(error.what()));
  } catch (const DataError& error) {
    throw DataError(told(error.what()));
  } catch (const NumericError& error) {
    throw NumericError(told(error.what()));
  } catch (const MemoryError& error) {
    throw MemoryError(told(error.what()));
  } catch (const Error& error) {
    throw Error(told(error.what()));
  } catch (const std::bad_alloc&) {
    throw MemoryError(by("not enough memory"));
  } catch (const std::exception& error) {
    throw Error(by(error.what()));
  }
}

}  // namespace reel
