# WriteVersion.cmake - asks git which version this is; a tarball has none and takes the project's.
set(version "")
if(EXISTS "${SOURCE_DIR}/.git")
    execute_process(
        COMMAND git describe --tags --match "v[0-9]*" --dirty
        WORKING_DIRECTORY "${SOURCE_DIR}"
        OUTPUT_VARIABLE version
        OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(NOT version)
        execute_process(
            COMMAND git describe --always --dirty
            WORKING_DIRECTORY "${SOURCE_DIR}"
            OUTPUT_VARIABLE commit
            OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
        if(commit)
            set(version "${FALLBACK}+g${commit}")
        endif()
    endif()
endif()
if(NOT version)
    set(version "${FALLBACK}")
endif()
string(REGEX REPLACE "^v" "" version "${version}")
configure_file("${SOURCE_DIR}/cmake/version.h.in" "${HEADER}" @ONLY)
