# Layers.cmake - one static library per folder; adding a file to a folder needs no edit here.

# layer(core USES ...) makes fd_core from every .c below core/. A folder without sources is an empty
# interface library, so whoever links it need not ask.
function(layer name)
    cmake_parse_arguments(arg "" "" "USES" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.c")
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.h")
    if(NOT sources)
        add_library(fd_${name} INTERFACE)
        return()
    endif()
    add_library(fd_${name} STATIC ${sources})
    target_link_libraries(fd_${name} PUBLIC fd_flags ${arg_USES})
    if(headers)
        # Target all_verify_interface_header_sets compiles each header alone.
        target_sources(fd_${name} PUBLIC FILE_SET HEADERS BASE_DIRS "${CMAKE_CURRENT_SOURCE_DIR}"
                       FILES ${headers})
        set_target_properties(fd_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
    endif()
    add_dependencies(fd_${name} version)
endfunction()
