; Uninstalling leaves data sets, runs and exports, unless the person says otherwise. Silently: always. Updates: always.
!macro customUnInstall
  ${ifNot} ${isUpdated}
    ${ifNot} ${Silent}
      MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 \
        "Delete the data sets, runs and exports of VGG Studio too? Your own image folders are not touched." \
        IDNO keepData
      RMDir /r "$LOCALAPPDATA\vgg-studio"
      RMDir /r "$APPDATA\VGG Studio"
      keepData:
    ${endIf}
  ${endIf}
!macroend
