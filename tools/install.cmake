# What `cmake --install` puts where, and how other projects find it: by find_package(reel), which gives reel::reel and
# reel::shared, or by pkg-config, as reel, the shared library, and reel-static. Both bring the flags that files which
# include Reel need.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(REEL_CMAKE_FOLDER ${CMAKE_INSTALL_LIBDIR}/cmake/reel)
set(REEL_VERSION_FILE ${PROJECT_BINARY_DIR}/reel-config-version.cmake)
write_basic_package_version_file(${REEL_VERSION_FILE} COMPATIBILITY SameMinorVersion)
install(TARGETS reel reel-shared EXPORT reel-targets)
install(EXPORT reel-targets NAMESPACE reel:: DESTINATION ${REEL_CMAKE_FOLDER})
install(FILES tools/reel-config.cmake tools/reel-dependencies.cmake ${REEL_VERSION_FILE}
        DESTINATION ${REEL_CMAKE_FOLDER})
foreach(folder ${REEL_FOLDERS})
  install(DIRECTORY ${folder} DESTINATION include/reel FILES_MATCHING PATTERN "*.h")
endforeach()
install(FILES models/reel.h ${PROJECT_BINARY_DIR}/include/reel/version.h DESTINATION include/reel)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Writes and installs NAME.pc, which links LIBRARY and names the packages that it and its headers need.
function(reel_pkg_config NAME LIBRARY REQUIRES)
  file(RELATIVE_PATH REEL_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
  configure_file(tools/reel.pc.in ${PROJECT_BINARY_DIR}/${NAME}.pc.in @ONLY)
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/${NAME}.pc INPUT ${PROJECT_BINARY_DIR}/${NAME}.pc.in)
  install(FILES ${PROJECT_BINARY_DIR}/${NAME}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
set(REEL_HEADERS_NEED "fmt libhwy tbb")
reel_pkg_config(reel -lreel "${REEL_HEADERS_NEED}")
reel_pkg_config(reel-static -l:libreel.a "${REEL_HEADERS_NEED} hdf5 libcrypto libcurl libpng libzip zlib")
