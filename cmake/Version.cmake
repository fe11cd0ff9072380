# Version.cmake - the target `version` writes generated/version.h at each build; it changes only when
# the version does, so nothing is compiled in vain.
set(version_header "${CMAKE_CURRENT_BINARY_DIR}/generated/version.h")
add_custom_target(
    version
    COMMAND ${CMAKE_COMMAND} -D "SOURCE_DIR=${CMAKE_CURRENT_SOURCE_DIR}" -D
            "FALLBACK=${PROJECT_VERSION}" -D "HEADER=${version_header}" -P
            "${CMAKE_CURRENT_SOURCE_DIR}/cmake/WriteVersion.cmake"
    BYPRODUCTS "${version_header}"
    VERBATIM)
