//! The page in a real browser: Debian's `chromium` and `chromium-driver`. Without them, and without axe-core for the one test that
//! needs it, the tests say so and end; `scripts/browser-setup` installs them.

mod driver;
mod page;
mod sample;
