//! Headless Chromium, driven by WebDriver. Without chromedriver, tests are skipped with a message.

use std::{
    future::Future,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
};

use fantoccini::{Client, ClientBuilder, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

/// Switches off everything that would contact other machines.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

/// A chromedriver process, stopped when dropped.
struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    /// Starts it on a free port; `None` if it is not installed.
    fn start() -> Option<Self> {
        let mut command = Command::new("chromedriver");
        let mut child = command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            line.split_once("successfully on port ")?.1.trim_end_matches('.').trim().parse().ok()
        });
        Some(Self { child, port: port.expect("chromedriver says its port") })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The size of a window, and whether it is a phone's.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    pub width: u32,
    pub height: u32,
    pub phone: bool,
    pub scripts: bool,
}

/// A desktop screen.
pub const DESK: Screen = Screen { width: 1280, height: 1000, phone: false, scripts: true };

/// Opens a browser with an empty profile, lets `visit` use it, and closes it in any case.
#[allow(clippy::print_stderr, reason = "a test that does nothing says so")]
pub fn browse<V, F>(screen: Screen, visit: V)
where
    V: FnOnce(Client) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    // One at a time: each browser uses what a small machine has.
    static BROWSER: Mutex<()> = Mutex::new(());
    let _alone = BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(driver) = Driver::start() else {
        eprintln!("skipped: there is no `chromedriver`; install chromium-driver to run this test");
        return;
    };
    let profile = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(screen, profile.path()));
        let client = builder.connect(&format!("http://127.0.0.1:{}", driver.port)).await.unwrap();
        let outcome = tokio::spawn(visit(client.clone())).await;
        client.close().await.unwrap();
        if let Err(error) = outcome {
            std::panic::resume_unwind(error.into_panic());
        }
    });
}

fn capabilities(screen: Screen, profile: &Path) -> Capabilities {
    let mut flags: Vec<String> = FLAGS.map(str::to_owned).to_vec();
    flags.push(format!("--user-data-dir={}", profile.display()));
    flags.push(format!("--window-size={},{}", screen.width, screen.height));
    let mut options = json!({ "args": flags });
    if screen.phone {
        let metrics =
            json!({ "width": screen.width, "height": screen.height, "pixelRatio": 2.0, "touch": true });
        options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
    }
    if !screen.scripts {
        options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
    }
    let all = json!({ "browserName": "chrome", "goog:chromeOptions": options });
    serde_json::from_value(all).unwrap()
}

/// Saves a screenshot for people to look at.
pub async fn keep(client: &Client, name: &str) {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("browser");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join(format!("{name}.png")), client.screenshot().await.unwrap()).unwrap();
}
