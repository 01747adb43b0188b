//! The embedded DynamoDB and S3: real servers on loopback, on a thread of their own, so that a disk flush never stalls
//! the API.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use dynoxide::Database;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use lambda_http::Error;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The credentials that the embedded services take.
pub const CREDENTIALS: [&str; 2] = ["local", "local"];
/// The bucket of the local service.
pub const BUCKET: &str = "halley";

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
        let s3 = s3(&objects)?;
        let (stop, stopped) = watch::channel(false);
        let (listening, ready) = mpsc::channel();
        let thread = thread::Builder::new().name("embedded".to_owned()).spawn(move || {
            if let Err(error) = serve(database, s3, stopped, &listening) {
                let _ = listening.send(Err(error.to_string()));
            }
        })?;
        let [dynamodb_url, s3_url] = ready.recv()??;
        Ok(Embedded { dynamodb_url, s3_url, stop, thread: Some(thread), _scratch: scratch })
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

fn s3(objects: &Path) -> Result<S3Service, Error> {
    // A bucket is a folder.
    std::fs::create_dir_all(objects.join(BUCKET))?;
    let files = s3s_fs::FileSystem::new(objects).map_err(|error| format!("{error:?}"))?;
    let mut service = S3ServiceBuilder::new(files);
    let [key, secret] = CREDENTIALS;
    service.set_auth(SimpleAuth::from_single(key, secret));
    Ok(service.build())
}

fn serve(
    database: Database,
    s3: S3Service,
    stopped: watch::Receiver<bool>,
    listening: &mpsc::Sender<Result<[String; 2], String>>,
) -> Result<(), Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async move {
        let dynamodb_listener = TcpListener::bind("127.0.0.1:0").await?;
        let s3_listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = |listener: &TcpListener| Ok::<_, Error>(format!("http://{}", listener.local_addr()?));
        listening.send(Ok([url(&dynamodb_listener)?, url(&s3_listener)?]))?;
        let (stopped_s3, stopped_dynamodb) = (until(stopped.clone()), until(stopped));
        let objects = tokio::spawn(serve_s3(s3_listener, s3, stopped_s3));
        dynoxide::server::serve_with_shutdown(dynamodb_listener, database, stopped_dynamodb).await?;
        objects.abort();
        Ok(())
    })
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // The sender is dropped only after it has sent.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn serve_s3(listener: TcpListener, s3: S3Service, stopped: impl Future<Output = ()>) {
    let accept = async {
        while let Ok((stream, _)) = listener.accept().await {
            let s3 = s3.clone();
            tokio::spawn(async move {
                // A connection that breaks is the client's affair.
                let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), s3).await;
            });
        }
    };
    tokio::select! {
        () = accept => {}
        () = stopped => {}
    }
}
