//! Uploads and downloads from a page in a real browser: what CORS, `fetch` and Chromium's own rules make of signed
//! URLs. Needs Chromium (Debian: `apt-get install chromium`, or its path in `CHROMIUM`); without it the test says so
//! and passes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tests::Api;
use tests::media::{PNG, media_to_user};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_page_uploads_a_file_and_shows_it() {
    let Some(chromium) = chromium() else {
        // Written past the test harness, which would swallow it.
        let _ = writeln!(std::io::stderr(), "SKIPPED: Chromium is not installed, so nothing was tried in a browser.");
        return;
    };
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let file = json!({ "name": "🌳.png", "mimeType": "image/png", "size": PNG.len() });
    let body = json!({ "receiver": "bob", "receiverType": "user", "files": { "f": file } });
    let announced = alice.post("/files/upload-url", body).await.expect_data()["f"].take();

    let script = format!(
        "const request = {}, bytes = new Uint8Array({});
        const put = async (bytes, headers) => {{
            const blob = new Blob([bytes]);
            const answer = await fetch(request.url, {{ method: request.method, headers, body: blob }});
            return answer.status;
        }};
        return {{
            longer: await put(new Uint8Array([...bytes, 0]), request.headers),
            otherType: await put(bytes, {{ 'Content-Type': 'text/html' }}),
            asAnnounced: await put(bytes, request.headers),
        }};",
        announced["request"],
        json!(PNG)
    );
    let uploaded = in_browser(&chromium, &script).await;
    assert_eq!(uploaded, json!({ "longer": 403, "otherType": 403, "asAnnounced": 200 }));

    let sent = media_to_user("bob", "image", &[&announced["attachment"]]);
    alice.post("/messages", sent).await.expect_data();
    let listed = bob.get("/users/alice/messages").await.expect_data();
    let script = format!(
        "const answer = await fetch({});
        return [answer.status, [...new Uint8Array(await answer.arrayBuffer())]];",
        listed[0]["data"]["url"]
    );
    assert_eq!(in_browser(&chromium, &script).await, json!([200, PNG]));
}

/// Where Chromium is.
fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = ["chromium", "chromium-browser", "google-chrome"].into_iter();
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let installed = usual.flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    named.into_iter().chain(installed).find(|path| path.is_file())
}

/// Runs the body of an async function in a page of an origin of its own, and returns what it returns.
async fn in_browser(chromium: &Path, script: &str) -> Value {
    let page = format!(
        "<!doctype html><meta charset=utf-8><script>
        (async () => {{ {script} }})()
            .catch(error => String(error))
            .then(result => fetch('/result', {{ method: 'POST', body: JSON.stringify(result) }}));
        </script>"
    );
    let (sender, mut results) = mpsc::channel(1);
    let router = Router::new().route("/", get(|| async move { Html(page) })).route(
        "/result",
        post(move |result: String| async move {
            let _ = sender.send(result).await;
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });

    let profile = tempfile::tempdir().unwrap();
    let mut browser = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg("--remote-debugging-port=0")
        .arg(url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let result = tokio::time::timeout(PATIENCE, results.recv()).await.expect("the page reports in time").unwrap();
    browser.kill().await.unwrap();
    serving.abort();
    serde_json::from_str(&result).unwrap()
}
