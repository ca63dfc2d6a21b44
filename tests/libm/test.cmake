# The library asks the C library for no function whose last bit depends on which one it is: weights are the same
# everywhere. cmake -D NM=... -D LIBRARY=... -P test.cmake
execute_process(COMMAND ${NM} -u ${LIBRARY} OUTPUT_VARIABLE undefined COMMAND_ERROR_IS_FATAL ANY)
set(inexact "a?(sin|cos|tan)h?|atan2|sincos|exp(2|m1|10)?|log(2|10|1p)?|pow|cbrt|hypot|erfc?|[lt]gamma|j[01n]|y[01n]")
string(REGEX MATCHALL "U (__)?(${inexact})[fl]?(_finite)?\n" found "${undefined}")
if(found)
  message(FATAL_ERROR "the library calls functions that differ between C libraries: ${found}")
endif()
if(NOT undefined MATCHES "U sqrtf?\n")
  message(FATAL_ERROR "the library calls no sqrt: is this the list of what it calls?")
endif()
