# Install.cmake - what goes where, and the Debian package.
set_target_properties(flightdeck PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
install(TARGETS flightdeck RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(FILES README.md CHANGELOG.md CONTRIBUTING.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" RENAME copyright)
install(DIRECTORY docs DESTINATION "${CMAKE_INSTALL_DOCDIR}" FILES_MATCHING PATTERN "*.md")
install(FILES docs/flightdeck.1 DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(DIRECTORY examples DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY themes DESTINATION "${CMAKE_INSTALL_DATADIR}/flightdeck"
        FILES_MATCHING PATTERN "*.theme")

# The program writes its own completion, so it cannot drift from the verbs.
install(CODE "
    execute_process(COMMAND \"$<TARGET_FILE:flightdeck>\" completion bash
                    OUTPUT_FILE \"${CMAKE_CURRENT_BINARY_DIR}/generated/flightdeck.bash\"
                    RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR \"flightdeck completion bash failed\")
    endif()")
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/generated/flightdeck.bash"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" RENAME flightdeck)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "flightdeck maintainers <flightdeck@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${CMAKE_CURRENT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "git, ca-certificates")
include(CPack)
