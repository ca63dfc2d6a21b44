# Uses Reel as other projects do: cmake -D REEL_SOURCE=... -D REEL_BUILD=... -D FOLDER=... -D CXX=... -D NM=...
# -D OBJDUMP=... -D LIBDIR=... -D VERSION=MAJOR.MINOR -P test.cmake
# Installed, all of the project is built and run; as a subdirectory only its own files are, since Reel takes minutes.
set(HERE ${CMAKE_CURRENT_LIST_DIR})
set(INSTALLED ${FOLDER}/installed)

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Runs a line of a shell and keeps what it prints.
function(shell LINE PRINTED)
  execute_process(COMMAND sh -ec "${LINE}" OUTPUT_VARIABLE out ERROR_VARIABLE out COMMAND_ECHO STDOUT
                  ECHO_OUTPUT_VARIABLE ECHO_ERROR_VARIABLE COMMAND_ERROR_IS_FATAL ANY)
  set(${PRINTED} "${out}" PARENT_SCOPE)
endfunction()

function(find_reel VERSION RESULT)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${HERE} -B ${FOLDER}/found -G Ninja -D CMAKE_CXX_COMPILER=${CXX}
                          -D CMAKE_PREFIX_PATH=${INSTALLED} -D REEL_WANTED=${VERSION}
                  RESULT_VARIABLE result OUTPUT_VARIABLE out ERROR_VARIABLE err)
  message(STATUS "${out}${err}")
  set(${RESULT} ${result} PARENT_SCOPE)
endfunction()

# By CMake: any version that does not break what was built with this one. Kernels without optimisation, which is what
# a project without a build type has, are warned of.
function(test_cmake)
  foreach(version 9 0.0)
    find_reel(${version} result)
    if(result EQUAL 0)
      message(FATAL_ERROR "version ${version} was found, which is not installed")
    endif()
  endforeach()
  find_reel(${VERSION} result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "version ${VERSION} was not found")
  endif()
  shell("${CMAKE_COMMAND} --build ${FOLDER}/found" printed)
  if(NOT printed MATCHES "kernels without optimisation")
    message(FATAL_ERROR "nothing warns of kernels that are compiled without optimisation")
  endif()
  run(${FOLDER}/found/somebodys)
  run(${FOLDER}/found/somebodys-shared)
endfunction()

# By pkg-config, from a command line and hence with nothing quoted.
function(test_pkg_config)
  set(ENV{PKG_CONFIG_PATH} ${INSTALLED}/${LIBDIR}/pkgconfig)
  set(objects "main.o my_op.o my_row_op.o")
  shell("cd ${FOLDER}
    ${CXX} -O1 $(pkg-config --cflags reel) -I${HERE}/.. -c ${HERE}/main.cc ${HERE}/../extension/my_op.cc \
      ${HERE}/../extension/my_row_op.cc
    ${CXX} ${objects} $(pkg-config --cflags --libs reel) -o shared
    ${CXX} ${objects} $(pkg-config --cflags --libs reel-static) -o static
    LD_LIBRARY_PATH=${INSTALLED}/${LIBDIR} ./shared
    ./static" printed)
  if(printed MATCHES "warning")
    message(FATAL_ERROR "warnings, expected none")
  endif()
  shell("cd ${FOLDER}; ${OBJDUMP} -p shared" needs)
  shell("cd ${FOLDER}; ${OBJDUMP} -p static" static_needs)
  string(FIND "${needs}" " libreel.so.${VERSION}\n" at)
  if(at EQUAL -1 OR static_needs MATCHES "libreel")
    message(FATAL_ERROR "one program was to need libreel.so.${VERSION}, the other none:\n${needs}${static_needs}")
  endif()
  shell("cd ${FOLDER}; ${CXX} -E -DREEL_SLOW_KERNELS $(pkg-config --cflags reel) -I${HERE}/.. \
    ${HERE}/../extension/my_op.cc -o wanted.i" printed)
  if(printed MATCHES "warning")
    message(FATAL_ERROR "a warning of slow kernels that are wanted")
  endif()
endfunction()

# The shared library's symbols are those of namespace reel, without kernels.
function(test_symbols)
  execute_process(COMMAND ${NM} -CD --defined-only ${INSTALLED}/${LIBDIR}/libreel.so
                  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  foreach(symbol "reel::version()" "typeinfo for reel::ShapeError" "vtable for reel::Op" "reel::apply_op(")
    string(FIND "${symbols}" " ${symbol}" at)
    if(at EQUAL -1)
      message(FATAL_ERROR "libreel.so does not export ${symbol}")
    endif()
  endforeach()
  set(of "(typeinfo|typeinfo name|vtable|VTT|guard variable) for |(non-)?virtual thunk to ")
  string(REGEX REPLACE "[0-9a-f]+ [A-Za-z] (${of})?reel::[^\n]*\n" "" others "${symbols}")
  if(others)
    message(FATAL_ERROR "libreel.so exports what is not of namespace reel:\n${others}")
  endif()
  if(symbols MATCHES "N_(AVX|SCALAR|NEON|EMU)[^\n]*")
    message(FATAL_ERROR "libreel.so exports a kernel: ${CMAKE_MATCH_0}")
  endif()
endfunction()

file(REMOVE_RECURSE ${FOLDER})
run(${CMAKE_COMMAND} --install ${REEL_BUILD} --prefix ${INSTALLED})
test_symbols()
test_cmake()
test_pkg_config()
run(${CMAKE_COMMAND} -S ${HERE} -B ${FOLDER}/part -G Ninja -D REEL_SOURCE=${REEL_SOURCE})
run(${CMAKE_COMMAND} --build ${FOLDER}/part --target ops)
