# Flags.cmake - how every file of ours is compiled: the interface library fd_flags.
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

add_library(fd_flags INTERFACE)
target_include_directories(fd_flags INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}"
                           "${CMAKE_CURRENT_BINARY_DIR}/generated")
target_compile_definitions(fd_flags INTERFACE _GNU_SOURCE $<$<BOOL:${APP_CRASH_POINTS}>:FD_CRASH_POINTS=1>)
# The same program from any folder: the build's first, as it lies in the other.
set(same_anywhere "-ffile-prefix-map=${CMAKE_BINARY_DIR}=." "-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")
target_link_options(fd_flags INTERFACE ${same_anywhere}) # link-time optimisation compiles again
target_compile_options(
    fd_flags
    INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
              -Wold-style-definition -Wvla -Wformat=2 -Wundef -Wpointer-arith -Wcast-qual
              -Wwrite-strings -Wimplicit-fallthrough -Wnull-dereference
              $<$<C_COMPILER_ID:GNU>:-Wduplicated-cond>
              $<$<C_COMPILER_ID:GNU>:-Wlogical-op>
              $<$<C_COMPILER_ID:Clang>:-Wno-sign-conversion> # gcc's -Wconversion leaves it out
              -fno-common
              ${same_anywhere})

# What an attacker would have to get past; needs the optimiser, and the sanitizers do it better.
set(hardened $<NOT:$<CONFIG:Debug>>)
if(APP_SANITIZE)
    set(hardened 0)
endif()
target_compile_options(
    fd_flags
    INTERFACE "$<${hardened}:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2;-fstack-protector-strong>"
              "$<$<AND:${hardened},$<C_COMPILER_ID:GNU>>:-fstack-clash-protection>")
target_link_options(fd_flags INTERFACE "$<${hardened}:-Wl,-z,relro,-z,now,-z,noexecstack>"
                    -Wl,--as-needed)

if(APP_SANITIZE)
    target_compile_options(fd_flags INTERFACE -fsanitize=${APP_SANITIZE} -fno-sanitize-recover=all
                           -fno-omit-frame-pointer)
    target_link_options(fd_flags INTERFACE -fsanitize=${APP_SANITIZE})
endif()
if(APP_COVERAGE)
    target_compile_options(fd_flags INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(fd_flags INTERFACE --coverage)
endif()
if(APP_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "the fuzzers need clang: cmake --preset fuzz")
    endif()
    target_compile_options(fd_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
