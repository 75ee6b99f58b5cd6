# cmake --install: the programs, the manual page and the completion scripts. Page and scripts are printed by the built
# `sky`, from the same command table that parses the command line.
include(GNUInstallDirs)

# The three programs belong together: `sky` looks for its server, and the server for its agent, beside itself.
foreach(program sky sky-server sky-agent)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

if(TARGET sky)
  set(man ${CMAKE_BINARY_DIR}/share/sky.1)
  set(scripts)
  add_custom_command(OUTPUT ${man}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/share
    COMMAND sky __man > ${man}
    DEPENDS sky VERBATIM)
  foreach(shell bash zsh fish)
    set(script ${CMAKE_BINARY_DIR}/share/sky.${shell})
    add_custom_command(OUTPUT ${script}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/share
      COMMAND sky __complete --shell ${shell} --script > ${script}
      DEPENDS sky VERBATIM)
    list(APPEND scripts ${script})
  endforeach()
  add_custom_target(sky_share ALL DEPENDS ${man} ${scripts})
  install(FILES ${man} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${CMAKE_BINARY_DIR}/share/sky.bash
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME sky)
  install(FILES ${CMAKE_BINARY_DIR}/share/sky.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _sky)
  install(FILES ${CMAKE_BINARY_DIR}/share/sky.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

# Found by the programs relative to themselves (src/catalog/catalogs.h).
install(DIRECTORY ${CMAKE_SOURCE_DIR}/data/catalogs/v8 DESTINATION ${CMAKE_INSTALL_DATADIR}/sky/catalogs
  PATTERN "*.cache" EXCLUDE)
