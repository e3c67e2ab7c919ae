//! Keeps the terminal from showing `^C`, which would move the cursor below the bars and leave one of them behind.

use std::io;

use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use nix::unistd::{getpgrp, tcgetpgrp};

/// While it lives, the terminal of standard error does not echo control characters.
pub(crate) struct SilentControls {
    was_changed: bool,
}

impl SilentControls {
    /// Changes the terminal, where this process runs in its foreground and control characters are shown.
    pub(crate) fn begin() -> SilentControls {
        SilentControls {
            was_changed: show_controls(false),
        }
    }
}

impl Drop for SilentControls {
    fn drop(&mut self) {
        if self.was_changed {
            show_controls(true);
        }
    }
}

/// Whether the setting was changed.
fn show_controls(shows: bool) -> bool {
    let terminal = io::stderr();
    // From the background, a change would stop the process.
    if tcgetpgrp(&terminal) != Ok(getpgrp()) {
        return false;
    }
    let Ok(mut settings) = tcgetattr(&terminal) else {
        return false;
    };
    if settings.local_flags.contains(LocalFlags::ECHOCTL) == shows {
        return false;
    }
    settings.local_flags.set(LocalFlags::ECHOCTL, shows);
    tcsetattr(&terminal, SetArg::TCSANOW, &settings).is_ok()
}
