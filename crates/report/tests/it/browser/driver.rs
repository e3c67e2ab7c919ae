//! Starts a browser without a window, and what it printed to its console.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, Key, TypingData};
use tokio::runtime::{Builder, Runtime};

/// A running browser.
pub(crate) struct Browser {
    runtime: Runtime,
    driver: WebDriver,
    process: Child,
    port: u16,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let driver = self.driver.clone();
        let _ = self.runtime.block_on(driver.quit());
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The path of a program, if it is installed.
fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// The script of axe-core, if it is there.
pub(crate) fn axe() -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/axe/axe.min.js");
    let path = std::env::var_os("HEMLINE_AXE").map_or(folder, PathBuf::from);
    let found = std::fs::read_to_string(path).ok();
    if found.is_none() {
        println!("skipped: axe-core is not there; scripts/browser-setup fetches it");
    }
    found
}

impl Browser {
    /// Starts a browser; `None`, with a message, if none is installed.
    pub(crate) fn start(is_dark: bool) -> Option<Self> {
        let (Some(chromium), Some(driver)) = (installed("chromium"), installed("chromedriver")) else {
            println!(
                "skipped: no chromium with chromedriver is installed; scripts/browser-setup installs them"
            );
            return None;
        };
        let mut process = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next().expect("chromedriver says its port").unwrap();
            let number = line
                .rsplit("on port ")
                .next()
                .map(|text| text.trim_end_matches('.').to_owned());
            if let Some(port) = number
                .filter(|_| line.contains("successfully"))
                .and_then(|text| text.parse().ok())
            {
                break port;
            }
        };
        let mut capabilities = DesiredCapabilities::chrome();
        capabilities.set_binary(chromium.to_str().unwrap()).unwrap();
        let theme = if is_dark {
            "--force-dark-mode"
        } else {
            "--disable-features=DarkMode"
        };
        for arg in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--window-size=1400,1000",
            theme,
        ] {
            capabilities.add_arg(arg).unwrap();
        }
        capabilities
            .set("goog:loggingPrefs", json!({ "browser": "ALL" }))
            .unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let driver = runtime
            .block_on(WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities))
            .unwrap();
        Some(Self {
            runtime,
            driver,
            process,
            port,
        })
    }

    /// Opens a file; `hash` is the address's part after `#`.
    pub(crate) fn open(&self, path: &Path, hash: &str) {
        let address = format!("file://{}{hash}", path.display());
        // The same page with another hash is not loaded anew.
        self.runtime.block_on(async {
            self.driver.goto("about:blank").await.unwrap();
            self.driver.goto(address).await.unwrap();
        });
    }

    /// The value of a script's `return`.
    #[track_caller]
    pub(crate) fn run<T: DeserializeOwned>(&self, script: &str) -> T {
        let value: Value = self.runtime.block_on(async {
            let result = self.driver.execute(script, Vec::new()).await;
            result
                .unwrap_or_else(|error| panic!("{script}: {error}"))
                .json()
                .clone()
        });
        serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{script}: {error}: {value}"))
    }

    /// The value that a script gives to its callback, `arguments[0]`.
    pub(crate) fn run_async(&self, script: &str) -> Value {
        self.runtime.block_on(async {
            self.driver
                .execute_async(script, Vec::new())
                .await
                .unwrap()
                .json()
                .clone()
        })
    }

    #[track_caller]
    pub(crate) fn click(&self, css: &str) {
        self.runtime.block_on(async {
            let found = self
                .driver
                .find(By::Css(css))
                .await
                .unwrap_or_else(|error| panic!("{css}: {error}"));
            self.driver
                .execute(
                    "arguments[0].scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'})",
                    vec![found.to_json().unwrap()],
                )
                .await
                .unwrap();
            found
                .click()
                .await
                .unwrap_or_else(|error| panic!("{css}: {error}"));
        });
    }

    /// Clicks while shift is held.
    pub(crate) fn shift_click(&self, css: &str) {
        self.runtime.block_on(async {
            let found = self.driver.find(By::Css(css)).await.unwrap();
            self.driver
                .execute(
                    "arguments[0].scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'})",
                    vec![found.to_json().unwrap()],
                )
                .await
                .unwrap();
            let chain = self
                .driver
                .action_chain()
                .key_down(Key::Shift)
                .click_element(&found)
                .key_up(Key::Shift);
            chain.perform().await.unwrap();
        });
    }

    /// Types keys where the focus is.
    pub(crate) fn keys(&self, keys: impl Into<TypingData>) {
        let keys = keys.into();
        self.runtime.block_on(async {
            self.driver
                .action_chain()
                .send_keys(keys)
                .perform()
                .await
                .unwrap()
        });
    }

    /// Types shift and another key.
    pub(crate) fn shift(&self, key: Key) {
        self.runtime.block_on(async {
            let chain = self
                .driver
                .action_chain()
                .key_down(Key::Shift)
                .send_keys(key)
                .key_up(Key::Shift);
            chain.perform().await.unwrap();
        });
    }

    pub(crate) fn size(&self, width: u32, height: u32) {
        self.runtime
            .block_on(async { self.driver.set_window_rect(0, 0, width, height).await.unwrap() });
    }

    /// Shows the page as it is printed.
    pub(crate) fn print_styles(&self) {
        let params = json!({ "media": "print" });
        self.post(
            "goog/cdp/execute",
            &json!({ "cmd": "Emulation.setEmulatedMedia", "params": params }),
        );
    }

    /// Writes a picture of the window.
    pub(crate) fn screenshot(&self, path: &Path) {
        self.runtime
            .block_on(async { self.driver.screenshot(path).await.unwrap() });
    }

    /// What the page printed to the console since the last call.
    pub(crate) fn console(&self) -> Vec<String> {
        let answer = self.post("se/log", &json!({ "type": "browser" }));
        let entries = answer.as_array().unwrap();
        entries.iter().map(|entry| entry["message"].to_string()).collect()
    }

    /// The driver's answer to a command that the library lacks.
    fn post(&self, command: &str, body: &Value) -> Value {
        let session = self.driver.session_id().to_string();
        let body = body.to_string();
        let request = format!(
            "POST /session/{session}/{command} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        // The driver keeps the connection open, so the end of the answer is where its length says.
        let mut answer = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            answer.read_line(&mut line).unwrap();
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body).unwrap();
        let mut answer: Value = serde_json::from_slice(&body).unwrap();
        answer["value"].take()
    }
}
