//! The embedded DynamoDB and S3: real servers on loopback, on a thread of their own, so that a disk flush never stalls
//! the API.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use aws_credential_types::Credentials;
use lambda_http::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::database::Database;
use crate::dynamodb::Tables;
use crate::folder::Folder;
use crate::objects::{BUCKET, Objects};
use crate::server::Manner;
use crate::{credentials, server, stream};

/// Where the data lives.
#[derive(Clone, Debug)]
pub enum Data {
    /// Nowhere: it is gone when the service ends.
    Memory,
    /// In this folder.
    Folder(PathBuf),
    /// In other services than the embedded ones, for tests. Jobs are not begun there, because the stream that is read is
    /// the embedded one's.
    Elsewhere(Elsewhere),
}

/// Another DynamoDB and S3.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// Where both listen.
    pub url: String,
    /// Whose the table and the bucket are.
    pub credentials: Credentials,
    /// The name of the bucket, which is there.
    pub bucket: String,
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
    /// The name of the bucket.
    pub bucket: String,
    /// Whose requests both carry out.
    pub credentials: Credentials,
    /// The tables, for who stands on this side of the port.
    pub database: Database,
    /// Held as long as the services run; none in memory.
    pub folder: Option<Folder>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    /// Removed with the service.
    _scratch: Option<tempfile::TempDir>,
}

impl Embedded {
    /// Starts both on free ports of 127.0.0.1.
    pub fn start(data: &Data) -> Result<Embedded, Error> {
        let folder = match data {
            Data::Memory | Data::Elsewhere(_) => None,
            Data::Folder(path) => Some(Folder::open(path)?),
        };
        let credentials = credentials::of(folder.as_ref())?;
        let (database, objects, scratch) = match &folder {
            None => {
                let scratch = tempfile::tempdir()?;
                (Database::in_memory()?, scratch.path().to_path_buf(), Some(scratch))
            }
            Some(folder) => (Database::on(&folder.database()?)?, folder.s3()?, None),
        };
        let s3 = Objects::open(&objects, &credentials)?;
        let s3_requests = s3.requests();
        let tables = Tables::new(database.clone(), credentials.clone());
        let (stop, stopped) = watch::channel(false);
        let (listening, ready) = mpsc::channel();
        let streamed = database.clone();
        let thread = thread::Builder::new().name("embedded".to_owned()).spawn(move || {
            if let Err(error) = serve(tables, s3, streamed, stopped, &listening) {
                let _ = listening.send(Err(error.to_string()));
            }
        })?;
        let [dynamodb_url, s3_url] = ready.recv()??;
        let (thread, _scratch) = (Some(thread), scratch);
        let (dynamodb_url, s3_url, credentials, bucket) = match data {
            Data::Memory | Data::Folder(_) => (dynamodb_url, s3_url, credentials, BUCKET.to_owned()),
            Data::Elsewhere(there) => {
                (there.url.clone(), there.url.clone(), there.credentials.clone(), there.bucket.clone())
            }
        };
        Ok(Embedded {
            dynamodb_url,
            s3_url,
            s3_requests,
            objects,
            bucket,
            credentials,
            database,
            folder,
            stop,
            thread,
            _scratch,
        })
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
    tables: Tables,
    s3: Objects,
    streamed: Database,
    stopped: watch::Receiver<bool>,
    listening: &mpsc::Sender<Result<[String; 2], String>>,
) -> Result<(), Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async move {
        let dynamodb_listener = TcpListener::bind("127.0.0.1:0").await?;
        let s3_listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = |listener: &TcpListener| Ok::<_, Error>(format!("http://{}", listener.local_addr()?));
        listening.send(Ok([url(&dynamodb_listener)?, url(&s3_listener)?]))?;
        let objects = tokio::spawn(s3.serve(s3_listener, until(stopped.clone())));
        let trimming = tokio::spawn(stream::keep_short(streamed));
        let answer = move |req| tables.clone().answer(req);
        server::serve(dynamodb_listener, Manner::plain(), until(stopped), answer).await;
        objects.abort();
        trimming.abort();
        Ok(())
    })
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // The sender is dropped only after it has sent.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
