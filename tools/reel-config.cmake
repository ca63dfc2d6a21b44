# find_package(reel): the target reel::reel.
include(${CMAKE_CURRENT_LIST_DIR}/reel-dependencies.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/reel-targets.cmake)
