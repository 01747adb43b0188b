//! The runner as its users start it: the binary of `cargo run`, as a process of its own.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

/// A running process; killed with the test, however that ends.
pub struct Runner {
    child: Mutex<Child>,
    base_url: String,
    http: reqwest::Client,
}

const API_KEY: &str = "0123456789abcdef0123456789abcdef01234567";

impl Runner {
    /// Starts the process on a free port and waits until it says where it listens.
    pub async fn start(data: &Path) -> Runner {
        Runner::start_with(data, &[]).await
    }

    /// [`Runner::start`] with further arguments.
    pub async fn start_with(data: &Path, arguments: &[&str]) -> Runner {
        let mut child = Command::new(binary())
            .args(["--port", "0", "--quiet", "--api-key", API_KEY, "--data"])
            .arg(data)
            .args(arguments)
            .env_remove("PORT")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        loop {
            let line = lines.next_line().await.unwrap().expect("the runner ended without saying where it listens");
            if let Some(base_url) = line.strip_prefix("Halley listens on ") {
                // Nobody else reads on, and a full pipe would stop the process.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Runner {
                    child: Mutex::new(child),
                    base_url: base_url.to_owned(),
                    http: reqwest::Client::new(),
                };
            }
        }
    }

    /// Where sockets are opened.
    pub fn socket_url(&self) -> String {
        let host = self.base_url.trim_end_matches("/v3").trim_start_matches("http://");
        format!("ws://{host}")
    }

    /// A new auth token of a user.
    pub async fn token_of(&self, uid: &str) -> String {
        let url = format!("{}/users/{uid}/auth_tokens", self.base_url);
        let made = data(self.http.post(url).header("apikey", API_KEY).body("{}")).await.expect("a token is made");
        made["authToken"].as_str().unwrap().to_owned()
    }

    /// `kill -9`, and waits until the process is gone.
    pub async fn kill(&self) {
        self.child.lock().await.kill().await.unwrap();
    }

    /// A request as `uid`: the `data` of a `200`, or nothing if the process did not answer so.
    pub async fn get(&self, uid: &str, path: &str) -> Option<Value> {
        data(self.request(reqwest::Method::GET, uid, path)).await
    }

    /// [`Runner::get`] with a body.
    pub async fn post(&self, uid: &str, path: &str, body: &Value) -> Option<Value> {
        data(self.request(reqwest::Method::POST, uid, path).json(body)).await
    }

    /// [`Runner::post`] by the app itself.
    pub async fn post_by_app(&self, path: &str, body: &Value) -> Option<Value> {
        data(self.http.post(format!("{}{path}", self.base_url)).header("apikey", API_KEY).json(body)).await
    }

    /// [`Runner::get`] by `DELETE`.
    pub async fn delete(&self, uid: &str, path: &str) -> Option<Value> {
        data(self.request(reqwest::Method::DELETE, uid, path)).await
    }

    fn request(&self, method: reqwest::Method, uid: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.base_url);
        self.http.request(method, url).header("apikey", API_KEY).header("onBehalfOf", uid)
    }
}

async fn data(request: reqwest::RequestBuilder) -> Option<Value> {
    let response = request.send().await.ok().filter(|response| response.status() == 200)?;
    let mut body: Value = response.json().await.ok()?;
    Some(body["data"].take())
}

/// `target/<profile>/halley`, beside the folder of the running test. `cargo test` makes it, because the root package
/// has a test that runs it.
fn binary() -> std::path::PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join(format!("halley{}", std::env::consts::EXE_SUFFIX))
}
