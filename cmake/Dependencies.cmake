# Dependencies.cmake - finds every library through pkg-config; says once what is missing.
find_package(PkgConfig)
if(NOT PKG_CONFIG_FOUND)
    message(FATAL_ERROR "pkg-config is missing; on Debian: apt-get install pkg-config")
endif()
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

set(missing_packages "")

# Makes PkgConfig::NAME from the pkg-config module, or notes the Debian package that holds it.
macro(dependency name module package)
    pkg_check_modules(${name} QUIET IMPORTED_TARGET ${module})
    if(NOT ${name}_FOUND)
        list(APPEND missing_packages ${package})
    endif()
endmacro()

dependency(curl libcurl libcurl4-openssl-dev)
dependency(jansson jansson libjansson-dev)
dependency(pq libpq libpq-dev)
dependency(yaml yaml-0.1 libyaml-dev)
dependency(sqlite3 sqlite3 libsqlite3-dev)
dependency(md4c md4c libmd4c-dev)
dependency(expat expat libexpat1-dev)
dependency(crypto libcrypto libssl-dev)
dependency(microhttpd libmicrohttpd libmicrohttpd-dev)

file(GLOB_RECURSE tui_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tui/*.c")
if(tui_sources)
    dependency(ncursesw ncursesw libncurses-dev)
    dependency(panelw panelw libncurses-dev)
endif()
# Criterion cannot run under ThreadSanitizer, so that build does without it.
if(BUILD_TESTING AND NOT APP_SANITIZE MATCHES "thread" AND NOT APP_FUZZ)
    dependency(criterion criterion libcriterion-dev)
endif()

if(missing_packages)
    list(REMOVE_DUPLICATES missing_packages)
    list(JOIN missing_packages " " missing_packages)
    message(FATAL_ERROR "libraries are missing; on Debian: apt-get install ${missing_packages}")
endif()
