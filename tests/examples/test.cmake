# Runs an example small: cmake -D EXAMPLE=name -D PROGRAM=file -D FOLDER=docs/examples -P test.cmake
# The number in its last line has to be on the right side of the bar that bars.txt has for it. Its row in README.md and
# its twin in Keras have to be there.
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/bars.txt bar REGEX "^${EXAMPLE} ")
if(NOT bar MATCHES "^${EXAMPLE} ([a-z_]+) (above|below) ([0-9.]+)$")
  message(FATAL_ERROR "bars.txt: expected a line \"${EXAMPLE} METRIC above|below NUMBER\", got \"${bar}\"")
endif()
set(metric ${CMAKE_MATCH_1})
set(side ${CMAKE_MATCH_2})
set(bound ${CMAKE_MATCH_3})

file(STRINGS ${FOLDER}/README.md row REGEX "^\\| \\[${EXAMPLE}\\]\\(${EXAMPLE}\\.cc\\) ")
if(NOT row)
  message(FATAL_ERROR "README.md: no row of ${EXAMPLE}")
endif()
if(NOT EXISTS ${FOLDER}/keras/${EXAMPLE}.py)
  message(FATAL_ERROR "keras/${EXAMPLE}.py: not there")
endif()

execute_process(COMMAND ${PROGRAM} --small OUTPUT_VARIABLE printed ECHO_OUTPUT_VARIABLE COMMAND_ERROR_IS_FATAL ANY)
if(NOT printed MATCHES "\n${metric} ([0-9.e+-]+)\n$")
  message(FATAL_ERROR "${EXAMPLE}: its last line is not \"${metric} NUMBER\"")
endif()
set(value ${CMAKE_MATCH_1})
if(side STREQUAL above AND NOT value GREATER bound)
  message(FATAL_ERROR "${EXAMPLE}: ${metric} has to be above ${bound}, got ${value}")
elseif(side STREQUAL below AND NOT value LESS bound)
  message(FATAL_ERROR "${EXAMPLE}: ${metric} has to be below ${bound}, got ${value}")
endif()
