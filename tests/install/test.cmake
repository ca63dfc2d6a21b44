# Uses Reel as other projects do: cmake -D REEL_SOURCE=... -D REEL_BUILD=... -D FOLDER=... -P test.cmake
# Installed, all of the project is built and run; as a subdirectory only its own files are, since Reel takes minutes.
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${FOLDER})
run(${CMAKE_COMMAND} --install ${REEL_BUILD} --prefix ${FOLDER}/installed)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${FOLDER}/found -G Ninja -D CMAKE_PREFIX_PATH=${FOLDER}/installed)
run(${CMAKE_COMMAND} --build ${FOLDER}/found)
run(${FOLDER}/found/somebodys)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${FOLDER}/part -G Ninja -D REEL_SOURCE=${REEL_SOURCE})
run(${CMAKE_COMMAND} --build ${FOLDER}/part --target ops)
