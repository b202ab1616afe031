#!/bin/sh
# After the package's files are gone. A person's data sets, runs and exports lie in that person's home, and stay.
set -e

# The new version's own scripts see to what stays.
case "$1" in upgrade | failed-upgrade | abort-upgrade | abort-install | disappear) exit 0 ;; esac

if [ -L '/usr/bin/${executable}' ]; then rm -f '/usr/bin/${executable}'; fi

target='/etc/apparmor.d/${executable}'
if [ -f "$target" ]; then
  if apparmor_status --enabled >/dev/null 2>&1 && ! { [ -x /usr/bin/ischroot ] && /usr/bin/ischroot; }; then
    apparmor_parser --remove "$target" || true
  fi
  rm -f "$target"
fi
rmdir '/opt/${sanitizedProductName}' 2>/dev/null || true

if command -v update-desktop-database >/dev/null; then update-desktop-database -q /usr/share/applications || true; fi
exit 0
