# find_package(reel): the targets reel::reel, an archive, and reel::shared.
include(${CMAKE_CURRENT_LIST_DIR}/reel-dependencies.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/reel-targets.cmake)
