//! The embedded DynamoDB and S3: real servers on loopback, on a thread of their own, so that a disk flush never stalls
//! the API.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use dynoxide::Database;
use lambda_http::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::objects::Objects;

/// Where the data lives.
#[derive(Clone, Debug)]
pub enum Data {
    /// Nowhere: it is gone when the service ends.
    Memory,
    /// In this folder.
    Folder(PathBuf),
}

/// The running services.
pub struct Embedded {
    /// Where DynamoDB listens.
    pub dynamodb_url: String,
    /// Where S3 listens.
    pub s3_url: String,
    /// How many requests S3 has answered.
    pub s3_requests: Arc<AtomicU64>,
    /// The folder of S3: a folder in it for each bucket.
    pub objects: PathBuf,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    /// Removed with the service.
    _scratch: Option<tempfile::TempDir>,
}

impl Embedded {
    /// Starts both on free ports of 127.0.0.1.
    pub fn start(data: &Data) -> Result<Embedded, Error> {
        let (database, objects, scratch) = match data {
            Data::Memory => {
                let scratch = tempfile::tempdir()?;
                (Database::memory()?, scratch.path().to_path_buf(), Some(scratch))
            }
            Data::Folder(folder) => {
                std::fs::create_dir_all(folder)?;
                let file = folder.join("dynamodb.sqlite");
                (Database::new(&file.to_string_lossy())?, folder.join("s3"), None)
            }
        };
        let s3 = Objects::open(&objects)?;
        let s3_requests = s3.requests();
        let (stop, stopped) = watch::channel(false);
        let (listening, ready) = mpsc::channel();
        let thread = thread::Builder::new().name("embedded".to_owned()).spawn(move || {
            if let Err(error) = serve(database, s3, stopped, &listening) {
                let _ = listening.send(Err(error.to_string()));
            }
        })?;
        let [dynamodb_url, s3_url] = ready.recv()??;
        Ok(Embedded { dynamodb_url, s3_url, s3_requests, objects, stop, thread: Some(thread), _scratch: scratch })
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    database: Database,
    s3: Objects,
    stopped: watch::Receiver<bool>,
    listening: &mpsc::Sender<Result<[String; 2], String>>,
) -> Result<(), Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async move {
        let dynamodb_listener = TcpListener::bind("127.0.0.1:0").await?;
        let s3_listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = |listener: &TcpListener| Ok::<_, Error>(format!("http://{}", listener.local_addr()?));
        listening.send(Ok([url(&dynamodb_listener)?, url(&s3_listener)?]))?;
        let (stopped_s3, stopped_dynamodb) = (until(stopped.clone()), until(stopped));
        let objects = tokio::spawn(s3.serve(s3_listener, stopped_s3));
        dynoxide::server::serve_with_shutdown(dynamodb_listener, database, stopped_dynamodb).await?;
        objects.abort();
        Ok(())
    })
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // The sender is dropped only after it has sent.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
