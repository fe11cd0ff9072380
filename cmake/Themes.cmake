# Themes.cmake - builds themes/*.theme into the program, as generated/tui/theme_files.h; a new theme
# is a file there.
file(GLOB theme_files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/themes/*.theme")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${theme_files})

set(texts "")
set(rows "")
foreach(file IN LISTS theme_files)
    cmake_path(GET file STEM name)
    string(MAKE_C_IDENTIFIER "${name}" identifier)
    file(READ "${file}" bytes HEX)
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
    string(APPEND texts "static const char text_of_${identifier}[] = {${bytes}0};\n")
    string(APPEND rows "    {\"${name}\", text_of_${identifier}}, \\\n")
endforeach()
file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/generated/tui/theme_files.h" @ONLY CONTENT
     "/* theme_files.h - written by cmake/Themes.cmake from themes/. */
@texts@#define THEME_FILES \\
@rows@
")
